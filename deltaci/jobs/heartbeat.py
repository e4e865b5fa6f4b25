"""A runner says that it is alive, and learns whether to stop."""

from datetime import datetime, timedelta
from math import ceil

from deltaci.core import Core
from deltaci.jobs.held import hold_lease, require_active
from deltaci.states import JobState
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, update_attempt
from deltaci.store.leases import update_leases
from deltaci.store.tables import Lease
from deltaci.store.transitions import Moment, move_attempt, move_job
from deltaci.wire.runner import CancelReason, Heartbeat, HeartbeatAck


async def heartbeat(core: Core, message: Heartbeat) -> HeartbeatAck:
    """Extend the lease from now on; the first heartbeat makes the job RUNNING.

    Progress is advisory, and older progress never overwrites newer. Raises StaleLeaseError.
    """
    async with core.database.write() as tx:
        held = await hold_lease(tx, message.lease_id, message.runner_id)
        now = core.clock()
        require_active(held, now)
        await update_leases(
            tx,
            [held.lease.id_hash],
            expires_at=now + timedelta(seconds=core.settings.lease_ttl_seconds),
            last_heartbeat_at=now,
            updated_at=now,
        )
        if held.work.attempt.state is JobState.STARTING:
            moment = Moment(f"runner:{message.runner_id}", now)
            await move_attempt(tx, held.work.attempt, JobState.RUNNING, moment)
            await move_job(tx, held.work.job, JobState.RUNNING, moment)
        await _note_progress(tx, held.work, message, now)
    return answer_about(core, message, held.lease, now)


def answer_about(core: Core, message: Heartbeat, lease: Lease, now: datetime) -> HeartbeatAck:
    """Say how an active lease stands; its new lifetime counts from the message's receipt."""
    return HeartbeatAck(
        lease_id=message.lease_id,
        extend_lease=True,
        new_lease_ttl_seconds=core.settings.lease_ttl_seconds,
        cancel_requested=lease.cancel_reason is not None,
        cancel_deadline_seconds=_seconds_left(lease, now),
        cancel_reason=CancelReason(lease.cancel_reason) if lease.cancel_reason else None,
    )


async def _note_progress(tx: Transaction, work: Work, message: Heartbeat, now: datetime) -> None:
    sent_at = message.ts or now
    if message.progress is None or (
        work.attempt.progress_at is not None and sent_at <= work.attempt.progress_at
    ):
        return
    progress = message.progress.model_dump(mode="json", exclude_none=True)
    await update_attempt(tx, work.attempt.id, progress=progress, progress_at=sent_at)


def _seconds_left(lease: Lease, now: datetime) -> int:
    if lease.cancel_deadline is None:
        return 0
    return max(1, ceil((lease.cancel_deadline - now).total_seconds()))
