"""End an attempt, and tell its workflow. What every way for an attempt to end has in common."""

from typing import Any

from deltaci.states import JobState, LeaseState
from deltaci.store.database import Transaction
from deltaci.store.leases import Held
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.transitions import Moment, move_attempt, move_job, move_lease

AFTER_UPLOAD = frozenset({JobState.SUCCEEDED, JobState.FAILED})
TIMED_OUT_SUMMARY = "timed out"


async def close_attempt(
    tx: Transaction,
    held: Held,
    lease_state: LeaseState,
    state: JobState,
    moment: Moment,
    *,
    closed_by: str = "",
    **columns: Any,
) -> None:
    """Close the lease and move its attempt to `state`, in the transaction that holds the run.

    Success and cancellation end the job too. After a failure the job waits where it is: the
    orchestrator decides whether another attempt follows.
    """
    attempt, job = held.work.attempt, held.work.job
    await move_lease(tx, held.lease, lease_state, moment, closed_by=closed_by or None)
    if state in AFTER_UPLOAD:
        await move_attempt(tx, attempt, JobState.UPLOADING, moment)
        await move_job(tx, job, JobState.UPLOADING, moment)
    await move_attempt(tx, attempt, state, moment, completed_at=moment.at, **columns)
    if state in {JobState.SUCCEEDED, JobState.CANCELED}:
        await move_job(tx, job, state, moment)
    await promise(tx, EffectKind.COMPLETE_ATTEMPT, {"attempt_id": attempt.id}, moment.at)
