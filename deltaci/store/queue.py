"""The queue: attempts that wait for runners, oldest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from deltaci.states import JobState, RunState
from deltaci.store.database import Transaction, is_serialised
from deltaci.store.jobs import Work
from deltaci.store.runs import hold_run
from deltaci.store.tables import Attempt, Job, Run


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place in the queue: which run has a job for which labels."""

    run_id: str
    labels_key: str


async def head_of_queue(
    tx: Transaction,
    limit: int,
    label_keys: Collection[str] | None = None,
    *,
    repos: Collection[str] | None = None,
) -> Sequence[Waiting]:
    """Return the oldest queued attempts, of any or of these sets of labels and repositories.

    Nothing is held: whoever wants one holds its run and looks again.
    """
    statement = (
        select(Attempt.run_id, Job.labels_key)
        .join(Job, Job.id == Attempt.job_id)
        .join(Run, Run.id == Attempt.run_id)
        .where(
            Attempt.state == JobState.QUEUED,
            Run.state.in_((RunState.QUEUED, RunState.RUNNING)),
        )
        .order_by(Attempt.queued_at, Attempt.id)
        .limit(limit)
    )
    if label_keys is not None:
        statement = statement.where(Job.labels_key.in_(label_keys))
    if repos is not None:
        statement = statement.where(Run.repo_id.in_(repos))
    return [Waiting(*row) for row in await tx.execute(statement)]


async def queued_label_keys(tx: Transaction) -> Sequence[str]:
    """Return which sets of labels are being waited for."""
    statement = (
        select(Job.labels_key)
        .join(Attempt, Attempt.job_id == Job.id)
        .where(Attempt.state == JobState.QUEUED)
        .distinct()
    )
    return (await tx.scalars(statement)).all()


async def first_queued_of(tx: Transaction, run_id: str, label_keys: Collection[str]) -> Work | None:
    """Hold the run, and read its oldest queued attempt that needs one of these sets of labels."""
    if not is_serialised(tx):
        await hold_run(tx, run_id)
    statement = (
        select(Attempt, Job, Run)
        .join(Job, Job.id == Attempt.job_id)
        .join(Run, Run.id == Attempt.run_id)
        .where(
            Run.id == run_id,
            Run.state.in_((RunState.QUEUED, RunState.RUNNING)),
            Attempt.state == JobState.QUEUED,
            Job.labels_key.in_(label_keys),
        )
        .order_by(Attempt.queued_at, Attempt.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    row = (await tx.execute(statement)).one_or_none()
    return Work(row[0], row[1], row[2]) if row else None
