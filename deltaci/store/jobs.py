"""Reading and writing jobs and attempts. States are moved by `transitions` only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, or_, select, update

from deltaci.ids import new_attempt_id
from deltaci.states import ATTEMPT, JOB, JobState, open_states
from deltaci.store.database import Transaction, is_serialised
from deltaci.store.tables import (
    Artifact,
    Attempt,
    CacheEvent,
    FailureExplanation,
    Job,
    Repository,
    Run,
)
from deltaci.store.tables.base import table_of


@dataclass(frozen=True, slots=True)
class Work:
    """An attempt with what it belongs to."""

    attempt: Attempt
    job: Job
    run: Run


async def find_job(tx: Transaction, run_id: str, job: str) -> Job | None:
    """Read a run's job by its id or its name."""
    return await tx.scalar(
        select(Job).where(Job.run_id == run_id, or_(Job.id == job, Job.name == job)).limit(1)
    )


async def jobs_of(tx: Transaction, run_id: str) -> Sequence[Job]:
    """Read a run's jobs in plan order."""
    statement = (
        select(Job)
        .where(Job.run_id == run_id)
        .order_by(Job.position)
        .execution_options(populate_existing=True)
    )
    return (await tx.scalars(statement)).all()


async def attempts_of(tx: Transaction, run_id: str) -> Sequence[Attempt]:
    """Read all attempts of a run by job and number."""
    statement = (
        select(Attempt)
        .where(Attempt.run_id == run_id)
        .order_by(Attempt.job_id, Attempt.attempt_number)
        .execution_options(populate_existing=True)
    )
    return (await tx.scalars(statement)).all()


async def find_attempt(tx: Transaction, job_id: str, number: int | None) -> Attempt | None:
    """Read an attempt by number, or the newest one."""
    statement = select(Attempt).where(Attempt.job_id == job_id)
    if number is not None:
        statement = statement.where(Attempt.attempt_number == number)
    return await tx.scalar(statement.order_by(Attempt.attempt_number.desc()).limit(1))


async def hold_run_of(tx: Transaction, attempt_id: str | ScalarSelect[str]) -> None:
    """Hold the run of an attempt, so that what is read next stays true until the commit."""
    if is_serialised(tx):
        return
    of_attempt = select(Attempt.run_id).where(Attempt.id == attempt_id).scalar_subquery()
    await tx.execute(select(Run.id).where(Run.id == of_attempt).with_for_update())


async def find_work(tx: Transaction, attempt_id: str, *, hold: bool = False) -> Work | None:
    """Read an attempt, its job and its run afresh, holding the run if asked."""
    if hold:
        await hold_run_of(tx, attempt_id)
    statement = (
        select(Attempt, Job, Run)
        .join(Job, Job.id == Attempt.job_id)
        .join(Run, Run.id == Attempt.run_id)
        .where(Attempt.id == attempt_id)
        .execution_options(populate_existing=True)
    )
    row = (await tx.execute(statement)).one_or_none()
    return Work(*row) if row else None


async def repository_of(tx: Transaction, repo_id: str) -> Repository:
    """Read the repository that a run's foreign key guarantees."""
    return await tx.get_one(Repository, repo_id)


async def open_jobs_of(tx: Transaction, run_id: str) -> Sequence[Job]:
    """Read the jobs that are not terminal."""
    statement = (
        select(Job)
        .where(Job.run_id == run_id, Job.state.in_(open_states(JOB)))
        .order_by(Job.position)
        .execution_options(populate_existing=True)
    )
    return (await tx.scalars(statement)).all()


async def newest_attempts(tx: Transaction, job_ids: Collection[str]) -> dict[str, Attempt]:
    """Read the newest attempt of each job."""
    statement = (
        select(Attempt)
        .join(Job, Job.id == Attempt.job_id)
        .where(Attempt.job_id.in_(job_ids), Attempt.attempt_number == Job.attempt_count)
        .execution_options(populate_existing=True)
    )
    return {attempt.job_id: attempt for attempt in await tx.scalars(statement)}


def add_attempt(tx: Transaction, job: Job, number: int, now: datetime) -> Attempt:
    """Insert a job's next attempt, to be offered later."""
    attempt = Attempt(
        id=new_attempt_id(),
        job_id=job.id,
        run_id=job.run_id,
        attempt_number=number,
        state=JobState.CREATED,
        created_at=now,
        updated_at=now,
    )
    tx.add(attempt)
    return attempt


async def update_attempt(tx: Transaction, attempt_id: str, **columns: Any) -> None:
    """Set columns of an attempt other than its state."""
    table = table_of(Attempt)
    await tx.execute(update(table).where(table.c.id == attempt_id).values(**columns))


async def claim_vouching(
    tx: Transaction, pumped_before: datetime, now: datetime, limit: int
) -> Sequence[Attempt]:
    """Take the open attempts that Temporal has not heard of since `pumped_before`.

    One statement that waits for nobody: what another process holds at this moment is passed over.
    """
    due = (
        select(Attempt.id)
        .where(
            Attempt.state.in_(open_states(ATTEMPT)),
            Attempt.task_token.is_not(None),
            Attempt.pumped_at < pumped_before,
        )
        .order_by(Attempt.pumped_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Attempt)
        .where(Attempt.id.in_(due))
        .values(pumped_at=now)
        .returning(Attempt)
        .execution_options(synchronize_session=False)
    )
    return (await tx.scalars(statement)).all()


async def any_to_vouch_for(tx: Transaction, pumped_before: datetime) -> bool:
    """Whether there is anything to claim: cheaper than claiming nothing."""
    statement = (
        select(Attempt.id)
        .where(
            Attempt.state.in_(open_states(ATTEMPT)),
            Attempt.task_token.is_not(None),
            Attempt.pumped_at < pumped_before,
        )
        .limit(1)
    )
    return (await tx.scalar(statement)) is not None


async def forget_token(tx: Transaction, attempt_id: str, token: bytes) -> None:
    """Drop an attempt's token unless it has been replaced."""
    await tx.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.task_token == token)
        .values(task_token=None)
    )


async def has_passed(tx: Transaction, inputs_hash: str) -> bool:
    """Whether a job with identical inputs has ever succeeded by itself."""
    statement = (
        select(Job.id)
        .where(
            Job.inputs_hash == inputs_hash,
            Job.state == JobState.SUCCEEDED,
            Job.reused_from.is_(None),
        )
        .limit(1)
    )
    return (await tx.scalar(statement)) is not None


async def artifacts_of(tx: Transaction, attempt_ids: Collection[str]) -> Sequence[Artifact]:
    """Read the complete artifacts of these attempts in the order that they arrived."""
    statement = (
        select(Artifact)
        .where(Artifact.attempt_id.in_(attempt_ids), Artifact.completed_at.is_not(None))
        .order_by(Artifact.created_at, Artifact.id)
    )
    return (await tx.scalars(statement)).all()


async def find_artifact(tx: Transaction, artifact_id: int) -> Artifact | None:
    """Read a complete artifact."""
    artifact = await tx.get(Artifact, artifact_id)
    return artifact if artifact and artifact.completed_at else None


async def upload_named(tx: Transaction, attempt_id: str, fence: int, name: str) -> Artifact | None:
    """Read an artifact of one lease by name, complete or not."""
    statement = select(Artifact).where(
        Artifact.attempt_id == attempt_id, Artifact.fence == fence, Artifact.name == name
    )
    return await tx.scalar(statement.execution_options(populate_existing=True))


async def explanations_of(
    tx: Transaction, attempt_ids: Collection[str]
) -> Sequence[FailureExplanation]:
    """Read the failure explanations of these attempts, newest first."""
    statement = (
        select(FailureExplanation)
        .where(FailureExplanation.attempt_id.in_(attempt_ids))
        .order_by(FailureExplanation.created_at.desc(), FailureExplanation.id.desc())
    )
    return (await tx.scalars(statement)).all()


async def cache_events_of(tx: Transaction, attempt_id: str) -> Sequence[CacheEvent]:
    """Read what happened to an attempt's caches."""
    statement = (
        select(CacheEvent).where(CacheEvent.attempt_id == attempt_id).order_by(CacheEvent.id)
    )
    return (await tx.scalars(statement)).all()
