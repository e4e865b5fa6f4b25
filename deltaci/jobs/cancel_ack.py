"""A runner says that it stopped because it was asked to."""

import hashlib

from deltaci.core import Core
from deltaci.errors import StaleLeaseError
from deltaci.jobs.close import close_attempt
from deltaci.jobs.held import hold_lease, require_active
from deltaci.jobs.results import record_results
from deltaci.states import JobState, LeaseState
from deltaci.store.leases import Held
from deltaci.store.transitions import Moment
from deltaci.wire.runner import Acknowledged, CancelAck, CancelReason, StaleReason


async def acknowledge_cancel(core: Core, message: CancelAck) -> Acknowledged:
    """End the attempt as cancelled, or as timed out when that was why.

    Raises StaleLeaseError unless a cancel was requested and the lease is active; an exact replay
    gets the same answer.
    """
    fingerprint = hashlib.sha256(message.model_dump_json().encode()).hexdigest()
    async with core.database.write() as tx:
        held = await hold_lease(tx, message.lease_id, message.runner_id)
        if held.lease.state is LeaseState.CANCELED and held.lease.closed_by == fingerprint:
            return Acknowledged(lease_id=message.lease_id)
        now = core.clock()
        require_active(held, now)
        if held.lease.cancel_reason is None:
            raise StaleLeaseError(StaleReason.UNKNOWN_LEASE)
        timed_out = (
            held.lease.cancel_reason == CancelReason.TIMEOUT
            and held.work.attempt.state is not JobState.CANCEL_REQUESTED
        )
        await record_results(tx, held.work.attempt, message, now)
        await close_attempt(
            tx,
            held,
            LeaseState.CANCELED,
            JobState.TIMED_OUT if timed_out else JobState.CANCELED,
            Moment(f"runner:{message.runner_id}", now, _why(held, timed_out=timed_out)),
            closed_by=fingerprint,
            summary=message.summary,
        )
    return Acknowledged(lease_id=message.lease_id)


def _why(held: Held, *, timed_out: bool) -> str:
    """Keep the reason that the cancel was asked for: it says more than that it happened."""
    return "timed out" if timed_out else held.work.job.state_reason
