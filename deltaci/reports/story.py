"""Everything that a forge is told about a run, read from the rows at one moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.jobs.links import artifact_uri
from deltaci.states import JobState
from deltaci.store.database import Transaction
from deltaci.store.jobs import artifacts_of, attempts_of, explanations_of, jobs_of
from deltaci.store.reports import find_trigger
from deltaci.store.run_builds import find_run_build
from deltaci.store.runs import find_plan, find_run, reruns_in_part_of, whole_run_of
from deltaci.store.tables import (
    Artifact,
    Attempt,
    FailureExplanation,
    Job,
    Run,
    RunBuild,
    RunPlan,
    RunTrigger,
)

Row = TypeVar("Row", Attempt, Artifact, FailureExplanation)


@dataclass(frozen=True, slots=True)
class JobStory:
    """A job, and what its newest attempt left behind."""

    job: Job
    first_started: Attempt | None = None
    newest: Attempt | None = None
    explanation: FailureExplanation | None = None
    """Why it failed; a job that did not is never explained."""
    artifacts: tuple[tuple[str, str], ...] = ()
    """Types and addresses; the addresses may be a runner's words."""


@dataclass(frozen=True, slots=True)
class Story:
    """A run with its plan and jobs."""

    run: Run
    trigger: RunTrigger | None
    plan: RunPlan | None
    jobs: tuple[JobStory, ...]
    earlier: Mapping[str, Job]
    """Of a rerun in part: the jobs that it leaves as an earlier run of the commit left them."""
    build: RunBuild | None = None
    """What became of the build that the plan has, once that is known."""


async def read_story(tx: Transaction, core: Core, run_id: str) -> Story:
    """Read a run with all that its report shows. Raises NotFoundError for an unknown one."""
    run = await find_run(tx, run_id)
    if run is None:
        raise NotFoundError(f"no run {run_id!r}")
    jobs = await jobs_of(tx, run_id)
    attempts = await attempts_of(tx, run_id)
    ids = [attempt.id for attempt in attempts]
    artifacts = _grouped((row.attempt_id, row) for row in await artifacts_of(tx, ids))
    explanations = {row.attempt_id: row for row in await explanations_of(tx, ids)}
    by_job = _grouped((attempt.job_id, attempt) for attempt in attempts)
    return Story(
        run=run,
        trigger=await find_trigger(tx, run_id),
        plan=await find_plan(tx, run_id),
        jobs=tuple(_job_story(core, job, by_job[job.id], artifacts, explanations) for job in jobs),
        earlier=await _earlier_jobs(tx, run, {job.name for job in jobs}),
        build=await find_run_build(tx, run_id),
    )


def _job_story(
    core: Core,
    job: Job,
    attempts: list[Attempt],
    artifacts: Mapping[str, list[Artifact]],
    explanations: Mapping[str, FailureExplanation],
) -> JobStory:
    if not attempts:
        return JobStory(job)
    newest = attempts[-1]
    failed = job.state in {JobState.FAILED, JobState.TIMED_OUT}
    return JobStory(
        job=job,
        first_started=next((each for each in attempts if each.started_at), None),
        newest=newest,
        explanation=explanations.get(newest.id) if failed else None,
        artifacts=tuple((each.type, artifact_uri(core, each)) for each in artifacts[newest.id]),
    )


async def _earlier_jobs(tx: Transaction, run: Run, known: set[str]) -> Mapping[str, Job]:
    """Find how the jobs ended that a rerun in part leaves alone: in the newest run that had them.

    Those are the whole run that it began with, and the other reruns of parts of it until then.
    """
    if run.job_filter is None:
        return {}
    whole = await whole_run_of(tx, run)
    parts = await reruns_in_part_of(tx, whole)
    earlier: dict[str, Job] = {}
    for each in (whole, *parts):
        if (each.created_at, each.id) < (run.created_at, run.id):
            jobs = await jobs_of(tx, each.id)
            earlier |= {job.name: job for job in jobs if job.name not in known}
    return earlier


def _grouped(rows: Iterable[tuple[str, Row]]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for key, row in rows:
        groups[key].append(row)
    return groups
