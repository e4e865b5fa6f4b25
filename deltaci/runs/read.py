"""Read runs as the API shows them: exactly the seed's shapes."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.jobs.links import artifact_uri
from deltaci.runs.read_build import build_view
from deltaci.states import ATTEMPT, JobState, is_terminal
from deltaci.store import runs as store
from deltaci.store.jobs import artifacts_of, attempts_of, explanations_of, jobs_of
from deltaci.store.run_builds import find_run_build
from deltaci.store.tables import Artifact, Attempt, FailureExplanation, Job, Run, RunPlan
from deltaci.wire.runs import (
    ArtifactView,
    AttemptView,
    FailureExplanationView,
    JobDetail,
    JobView,
    PlanView,
    RunBuildView,
    RunDetail,
    RunPage,
    RunView,
    SignalsView,
    SkippedJobView,
)


async def read_run(core: Core, run_id: str) -> RunDetail:
    """Read a run with everything that happened to it. Raises NotFoundError."""
    async with core.database.read() as tx:
        run = await store.find_run(tx, run_id)
        if run is None:
            raise NotFoundError(f"no run {run_id!r}")
        plan = await store.find_plan(tx, run_id)
        build = await find_run_build(tx, run_id)
        jobs = await jobs_of(tx, run_id)
        attempts = await attempts_of(tx, run_id)
        ids = [attempt.id for attempt in attempts]
        artifacts = await artifacts_of(tx, ids)
        explanations = await explanations_of(tx, ids)
    by_job = _grouped(attempts, lambda attempt: attempt.job_id)
    return RunDetail(
        run=_run_view(run, build_view(plan, build)),
        jobs=[_job_detail(core, job, by_job[job.id], artifacts, explanations) for job in jobs],
        plan=_plan_view(plan) if plan else None,
    )


async def list_runs(core: Core, wanted: store.RunFilter, *, limit: int, cursor: str) -> RunPage:
    """Read one page of runs, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_runs(tx, wanted, limit=limit, cursor=cursor)
    return RunPage(runs=[_run_view(row) for row in rows], next_cursor=following)


def _grouped(rows: Iterable[Any], key: Any) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _run_view(run: Run, build: RunBuildView | None = None) -> RunView:
    return RunView(
        id=run.id,
        repo_id=run.repo_id,
        ref=run.ref,
        commit_sha=run.commit_sha,
        state=run.state,
        state_reason=run.state_reason or None,
        reason=run.reason or None,
        original_run_id=run.original_run_id,
        superseded_by=run.superseded_by,
        created_at=run.created_at,
        updated_at=run.updated_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        build=build,
    )


def _job_detail(
    core: Core,
    job: Job,
    attempts: list[Attempt],
    artifacts: Iterable[Artifact],
    explanations: Iterable[FailureExplanation],
) -> JobDetail:
    ids = {attempt.id for attempt in attempts}
    return JobDetail(
        job=_job_view(job),
        attempts=[_attempt_view(attempt) for attempt in attempts],
        artifacts=[_artifact_view(core, a) for a in artifacts if a.attempt_id in ids],
        failure_explanations=[_explanation_view(e) for e in explanations if e.attempt_id in ids],
    )


def _job_view(job: Job) -> JobView:
    return JobView(
        id=job.id,
        run_id=job.run_id,
        name=job.name,
        required=job.required,
        state=job.state,
        state_reason=job.state_reason or None,
        attempt_count=job.attempt_count,
        reason=job.reason or None,
        depends_on=job.depends_on or None,
        reused_from=job.reused_from,
        created_at=job.created_at,
        updated_at=job.updated_at,
    )


def _attempt_view(attempt: Attempt) -> AttemptView:
    working = not is_terminal(ATTEMPT, attempt.state) and attempt.state is not JobState.QUEUED
    return AttemptView(
        id=attempt.id,
        job_id=attempt.job_id,
        attempt_number=attempt.attempt_number,
        state=attempt.state,
        created_at=attempt.created_at,
        updated_at=attempt.updated_at,
        started_at=attempt.started_at,
        completed_at=attempt.completed_at,
        exit_code=attempt.exit_code,
        runner_id=attempt.runner_id,
        log_bytes=attempt.log_bytes,
        current_step=(attempt.progress or {}).get("current_step") if working else None,
    )


def _artifact_view(core: Core, artifact: Artifact) -> ArtifactView:
    return ArtifactView(
        id=artifact.id,
        job_attempt_id=artifact.attempt_id,
        type=artifact.type,
        uri=artifact_uri(core, artifact),
        created_at=artifact.created_at,
    )


def _explanation_view(explanation: FailureExplanation) -> FailureExplanationView:
    return FailureExplanationView(
        id=explanation.id,
        job_attempt_id=explanation.attempt_id,
        category=explanation.category,
        summary=explanation.summary,
        confidence=explanation.confidence,
        rule_version=explanation.rule_version,
        signals=SignalsView.model_validate(explanation.signals),
        details=explanation.details or None,
        created_at=explanation.created_at,
    )


def _plan_view(plan: RunPlan) -> PlanView:
    return PlanView(
        recipe_source=plan.recipe_source,
        recipe_id=plan.recipe_id,
        recipe_version=plan.recipe_version,
        fingerprint=plan.fingerprint or None,
        explain=plan.explain or None,
        skipped_jobs=[SkippedJobView(**skipped) for skipped in plan.skipped_jobs],
    )
