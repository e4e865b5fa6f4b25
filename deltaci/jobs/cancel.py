"""End jobs: at once where no runner holds them, otherwise by asking first (spec §2.6)."""

from collections.abc import Sequence
from datetime import datetime

from deltaci.states import ATTEMPT, JobState, is_terminal
from deltaci.store.database import Transaction
from deltaci.store.jobs import newest_attempts
from deltaci.store.leases import live_lease_of, update_lease
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.tables import Attempt, Job
from deltaci.store.transitions import Moment, move_attempt, move_job
from deltaci.wire.runner import CancelReason

NOT_HELD = frozenset({JobState.CREATED, JobState.QUEUED})


async def cancel_jobs(
    tx: Transaction, jobs: Sequence[Job], reason: CancelReason, moment: Moment, deadline: datetime
) -> None:
    """Cancel these unfinished jobs of a run that the transaction holds.

    A job that a runner holds becomes CANCEL_REQUESTED and its runner is told with its next
    heartbeat; whoever sweeps after `deadline` ends it without the runner.
    """
    attempts = await newest_attempts(tx, [job.id for job in jobs])
    for job in jobs:
        attempt = attempts.get(job.id)
        if attempt is None or attempt.state in NOT_HELD:
            await _end(tx, job, attempt, moment)
        elif is_terminal(ATTEMPT, attempt.state):
            await _end_between_attempts(tx, job, moment)
        else:
            await _ask(tx, job, attempt, reason, moment, deadline)


async def _end(tx: Transaction, job: Job, attempt: Attempt | None, moment: Moment) -> None:
    await move_job(tx, job.id, JobState.CANCELED, moment)
    if attempt is not None:
        await move_attempt(tx, attempt.id, JobState.CANCELED, moment, completed_at=moment.at)
        await promise(tx, EffectKind.COMPLETE_ATTEMPT, {"attempt_id": attempt.id}, moment.at)


async def _end_between_attempts(tx: Transaction, job: Job, moment: Moment) -> None:
    """The last attempt has ended and nobody has decided yet what follows: nothing shall."""
    await move_job(tx, job.id, JobState.CANCEL_REQUESTED, moment)
    await move_job(tx, job.id, JobState.CANCELED, moment)


async def _ask(
    tx: Transaction,
    job: Job,
    attempt: Attempt,
    reason: CancelReason,
    moment: Moment,
    deadline: datetime,
) -> None:
    await move_job(tx, job.id, JobState.CANCEL_REQUESTED, moment)
    await move_attempt(tx, attempt.id, JobState.CANCEL_REQUESTED, moment)
    lease = await live_lease_of(tx, attempt.id)
    if lease is not None:
        earliest = min(lease.cancel_deadline or deadline, deadline)
        await update_lease(tx, lease.id_hash, cancel_reason=reason, cancel_deadline=earliest)
