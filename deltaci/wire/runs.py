"""The public run API: the seed's JSON shapes, field for field (seed «Get Run», spec §1.2)."""

from typing import Annotated

from pydantic import (
    Field,
    StringConstraints,
)

from deltaci.states import JobState, RunState
from deltaci.wire.values import OmitsAbsent, StrictRequest, Timestamp, WireModel

RepoId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$"),
]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=500)]
JobName = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class CreateRun(StrictRequest):
    """`POST /api/v1/runs`. `ref` is a branch, tag or commit, resolved once, at creation."""

    repo_id: RepoId
    ref: Ref
    reason: Annotated[str, StringConstraints(max_length=500)] = "manual"
    base_sha: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40,64}$")] | None = None
    """Where the change begins; without it, the commit that the last run of this ref was for, or the
    first parent."""


class RunAccepted(WireModel):
    """A run exists; planning and execution follow."""

    run_id: str
    state: RunState


class RerunRequest(StrictRequest):
    """`POST /api/v1/runs/{run_id}/rerun`: the whole run, or the named jobs and what they need."""

    jobs: Annotated[list[JobName], Field(min_length=1, max_length=500)] | None = None


class RerunAccepted(WireModel):
    """The new run; `created` is false when an Idempotency-Key was replayed."""

    run_id: str
    original_run: str
    state: RunState
    created: bool
    idempotencyKey: str  # noqa: N815 - the contract spells it so (spec §3.1)


class BuildRefusal(WireModel):
    """Why a run's build was not registered."""

    code: str
    message: str


class RunBuildView(OmitsAbsent):
    """The build that a run registers once it is green; `build_id` or `refusal` follows on that."""

    service: str
    version: str
    build_id: str | None = None
    refusal: BuildRefusal | None = None


class RunView(OmitsAbsent):
    """One run. `state` keeps the outcome for ever."""

    id: str
    repo_id: str
    ref: str
    commit_sha: str
    state: RunState
    created_at: Timestamp
    updated_at: Timestamp
    state_reason: str | None = None
    reason: str | None = None
    original_run_id: str | None = None
    superseded_by: str | None = None
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    build: RunBuildView | None = None
    """Only where one run is read."""


class JobView(OmitsAbsent):
    """One job of a run."""

    id: str
    run_id: str
    name: str
    required: bool
    state: JobState
    attempt_count: int
    reason: str | None = None
    state_reason: str | None = None
    depends_on: list[str] | None = None
    reused_from: str | None = None
    """The job of an earlier run whose finished result this one takes over."""
    created_at: Timestamp
    updated_at: Timestamp


class AttemptView(OmitsAbsent):
    """One try at a job. Lease ids are never shown."""

    id: str
    job_id: str
    attempt_number: int
    state: JobState
    created_at: Timestamp
    updated_at: Timestamp
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    exit_code: int | None = None
    runner_id: str | None = None
    log_bytes: int | None = None
    current_step: str | None = None
    """What the runner last said that it was doing; only while the attempt is running."""


class ArtifactView(WireModel):
    """A stored file. `uri` is untrusted input and must be sanitised before use."""

    id: int
    job_attempt_id: str
    type: str
    uri: str
    created_at: Timestamp


class CacheEventView(WireModel):
    """What happened to one cache."""

    type: str
    key: str
    hit: bool
    read_only: bool


class SignalsView(WireModel):
    """The facts a classification was made from; all six always present."""

    exit_code: int
    attempt_number: int
    duration_seconds: int
    cache_events: list[CacheEventView]
    artifact_types: list[str]
    has_log: bool


class FailureExplanationView(OmitsAbsent):
    """Why an attempt failed: advisory, never a reason for the system to act."""

    id: int
    job_attempt_id: str
    category: str
    summary: str
    confidence: str
    rule_version: str
    signals: SignalsView
    details: str | None = None
    created_at: Timestamp


class SkippedJobView(WireModel):
    """A job that this change does not need."""

    name: str
    reason: str


class PlanView(OmitsAbsent):
    """Why these jobs."""

    recipe_source: str
    recipe_id: str | None = None
    recipe_version: int | None = None
    fingerprint: str | None = None
    explain: str | None = None
    skipped_jobs: list[SkippedJobView]


class JobDetail(WireModel):
    """A job with everything that happened to it."""

    job: JobView
    attempts: list[AttemptView]
    artifacts: list[ArtifactView]
    failure_explanations: list[FailureExplanationView]


class RunDetail(OmitsAbsent):
    """`GET /api/v1/runs/{run_id}`."""

    run: RunView
    jobs: list[JobDetail]
    plan: PlanView | None = None


class RunPage(OmitsAbsent):
    """One page of runs, newest first; `next_cursor` is absent on the last."""

    runs: list[RunView]
    next_cursor: str | None = None
