"""A runner starts the job that it leased."""

from datetime import timedelta

from deltaci.core import Core
from deltaci.jobs.held import hold_lease, require_live
from deltaci.jobs.lease import runtime_limit
from deltaci.states import JobState, LeaseState
from deltaci.store.jobs import update_attempt
from deltaci.store.transitions import Moment, move_attempt, move_job, move_lease
from deltaci.wire.runner import AckLease, Acknowledged


async def acknowledge_lease(core: Core, message: AckLease) -> Acknowledged:
    """Make a granted lease active; the job is STARTING and its runtime limit begins.

    Duplicates change nothing. A job whose cancel was requested in between stays so: the first
    heartbeat tells the runner. Raises StaleLeaseError past the accept window.
    """
    async with core.database.write() as tx:
        held = await hold_lease(tx, message.lease_id, message.runner_id)
        now = core.clock()
        require_live(held, now)
        if held.lease.state is LeaseState.ACTIVE:
            return Acknowledged(lease_id=message.lease_id)
        moment = Moment(f"runner:{message.runner_id}", now)
        limit = runtime_limit(core, held.work) + core.settings.cancel_deadline_seconds
        await move_lease(
            tx,
            held.lease,
            LeaseState.ACTIVE,
            moment,
            acknowledged_at=now,
            expires_at=now + timedelta(seconds=core.settings.lease_ttl_seconds),
            # The runner enforces the limit itself; ours catches one that does not.
            runtime_deadline=now + timedelta(seconds=limit),
        )
        if held.work.attempt.state is JobState.LEASED:
            await move_attempt(tx, held.work.attempt, JobState.STARTING, moment, started_at=now)
            await move_job(tx, held.work.job, JobState.STARTING, moment)
        else:
            await update_attempt(tx, held.work.attempt.id, started_at=now)
    return Acknowledged(lease_id=message.lease_id)
