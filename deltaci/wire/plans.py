"""Planning and failure analysis as calls (seed «Internal Control Plane APIs», spec §3.2)."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from deltaci.planner.model import PlannedJob
from deltaci.wire.runs import RepoId, SignalsView, SkippedJobView
from deltaci.wire.values import LenientModel, WireModel

CommitSha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40,64}$")]
Path = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class DiffSummary(LenientModel):
    """What changed: paths as given, or the commit that the range begins at.

    With neither, the range begins at the first parent.
    """

    base_sha: CommitSha | None = None
    changed_paths: Annotated[list[Path], Field(max_length=20_000)] | None = None


class MakePlan(LenientModel):
    """`POST /api/v1/internal/plans`."""

    run_id: Annotated[str, StringConstraints(max_length=200)] = ""
    repo_id: RepoId
    commit_sha: CommitSha
    diff_summary: DiffSummary = DiffSummary()


class PlanAnswer(WireModel):
    """A plan that nobody has acted on; `plan_id` is a hash of everything that went into it."""

    plan_id: str
    jobs: list[PlannedJob]
    explain: str
    recipe_source: str
    fingerprint: str
    skipped_jobs: list[SkippedJobView]


class AnalyzeFailure(LenientModel):
    """`POST /api/v1/internal/failures/analyze`."""

    run_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    job_id: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    artifacts: Annotated[list[Any], Field(max_length=200)] = []
    """Accepted and not needed: what is stored is what is analysed."""
    logs_ref: Annotated[str, StringConstraints(max_length=2000)] = ""


class AdvisoryExplanation(WireModel):
    """Why an attempt failed, as the rules see it now; nothing was stored."""

    job_attempt_id: str
    category: str
    summary: str
    confidence: str
    rule_version: str
    signals: SignalsView
    details: str


class FailureAnalysis(WireModel):
    """One explanation per failed attempt of the job, newest first."""

    failure_explanations: list[AdvisoryExplanation]
