"""A lease ended without a result: offer the attempt again, or give it up (spec §2.5)."""

from deltaci.core import Core
from deltaci.jobs.close import TIMED_OUT_SUMMARY, close_attempt
from deltaci.states import JobState, LeaseState
from deltaci.store.database import Transaction
from deltaci.store.leases import Held
from deltaci.store.transitions import Moment, move_attempt, move_job, move_lease
from deltaci.store.wakeups import ring
from deltaci.wire.runner import CancelReason


async def lose_lease(
    tx: Transaction,
    core: Core,
    held: Held,
    lease_state: LeaseState,
    moment: Moment,
    *,
    counts: bool,
) -> None:
    """Close a live lease in the transaction that holds its run, and decide what follows.

    A job that was being stopped ends as cancelled or timed out. Otherwise the same attempt is
    offered again at its old place in the queue, without using up the user's retries. A loss that
    `counts`, because the job may have brought its runner down, is forgiven at most
    `lease_loss_limit` times.
    """
    attempt = held.work.attempt
    if attempt.state is JobState.CANCEL_REQUESTED:
        await close_attempt(tx, held, lease_state, JobState.CANCELED, moment)
        return
    if held.lease.cancel_reason == CancelReason.TIMEOUT:
        await close_attempt(
            tx, held, lease_state, JobState.TIMED_OUT, moment, summary=TIMED_OUT_SUMMARY
        )
        return
    losses = attempt.lease_losses + counts
    if losses > core.settings.lease_loss_limit:
        summary = f"lost its runner {losses} times"
        await close_attempt(
            tx, held, lease_state, JobState.STALE, moment, lease_losses=losses, summary=summary
        )
        return
    await move_lease(tx, held.lease, lease_state, moment)
    await move_attempt(
        tx,
        attempt,
        JobState.QUEUED,
        moment,
        lease_losses=losses,
        runner_id=None,
        started_at=None,
        progress=None,
        progress_at=None,
        log_bytes=0,
        log_truncated=False,
    )
    await move_job(tx, held.work.job, JobState.QUEUED, moment)
    await ring(tx)
