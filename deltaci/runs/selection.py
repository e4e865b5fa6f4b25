"""Which jobs a run executes, takes over from an earlier run, or leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from deltaci.planner.model import JobPolicy, JobSpec, Plan, PlannedJob, SkippedJob
from deltaci.states import JobState
from deltaci.store.tables import Job

IMAGE_LABEL = "image"
"""What a runner offers that can run container images."""

_spec = TypeAdapter(JobSpec)
_policy = TypeAdapter(JobPolicy)


@dataclass(frozen=True, slots=True)
class ChosenJob:
    """A job of the new run; `reused_from` names the finished job whose result it takes over."""

    planned: PlannedJob
    reused_from: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The jobs of a run, and why the others are not among them."""

    jobs: tuple[ChosenJob, ...]
    skipped: tuple[SkippedJob, ...]


def select_planned(plan: Plan) -> Selection:
    """Take the whole plan."""
    return Selection(tuple(ChosenJob(job) for job in plan.jobs), plan.skipped_jobs)


def select_again(
    original: Sequence[Job], skipped: Sequence[SkippedJob], names: Sequence[str] | None
) -> Selection:
    """Take an original run's jobs again: all, or the named ones and what they need.

    A needed job that succeeded is not executed again: its result is taken over and recorded. Every
    job that is neither named nor needed joins the skipped ones, with how it had ended.
    """
    if names is None:
        return Selection(tuple(ChosenJob(planned_again(job)) for job in original), tuple(skipped))
    wanted = _with_needs({job.name: job for job in original}, names)
    chosen = tuple(
        ChosenJob(planned_again(job), _reusable(job, names))
        for job in original
        if job.name in wanted
    )
    left_out = tuple(
        SkippedJob(job.name, f"not rerun: {job.state} in {job.run_id}")
        for job in original
        if job.name not in wanted
    )
    return Selection(chosen, (*skipped, *left_out))


def _with_needs(jobs: dict[str, Job], names: Sequence[str]) -> set[str]:
    wanted: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in wanted:
            wanted.add(name)
            pending.extend(jobs[name].depends_on)
    return wanted


def _reusable(job: Job, names: Sequence[str]) -> str | None:
    if job.name in names or job.state is not JobState.SUCCEEDED:
        return None
    return job.reused_from or job.id


def planned_again(job: Job) -> PlannedJob:
    """Read a stored job back as it was planned."""
    labels = [label for label in job.labels_key.split(",") if label not in {"", IMAGE_LABEL}]
    return PlannedJob(
        name=job.name,
        required=job.required,
        spec=_spec.validate_python(job.spec),
        reason=job.reason,
        depends_on=tuple(job.depends_on),
        policy=_policy.validate_python(job.policy),
        runs_on=tuple(labels),
    )


def labels_key(job: PlannedJob) -> str:
    """What a runner must offer for this job, as one sorted text."""
    image = {IMAGE_LABEL} if job.spec.image else set()
    return ",".join(sorted({*job.runs_on, *image}))
