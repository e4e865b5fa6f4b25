"""Find leases whose time is up, and act on each. Any number of processes may sweep at once."""

from datetime import datetime, timedelta

import structlog

from deltaci.core import Core
from deltaci.jobs.close import TIMED_OUT_SUMMARY, close_attempt
from deltaci.jobs.lose import lose_lease
from deltaci.states import LEASE, JobState, LeaseState, is_terminal
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.leases import Held, find_held, overdue, update_leases
from deltaci.store.transitions import Moment
from deltaci.store.wakeups import ring
from deltaci.wire.runner import CancelReason

BATCH = 200

log = structlog.get_logger(__name__)


async def sweep_leases(core: Core) -> int:
    """Act on up to one batch of overdue leases, each in a transaction of its own.

    Returns how many are dealt with, so that a caller who goes on at once while there are some
    pauses when nothing works. A lease that another process dealt with in between is passed over,
    and one that cannot be dealt with keeps none of the others waiting.
    """
    async with core.database.read() as tx:
        due = await overdue(tx, core.clock(), BATCH)
    return sum([await _deal_with(core, id_hash) for id_hash in due])


async def _deal_with(core: Core, id_hash: str) -> bool:
    try:
        async with core.database.write() as tx:
            held = await find_held(tx, id_hash)
            if held is not None and not is_terminal(LEASE, held.lease.state):
                await _act(tx, core, held)
    except Exception:
        log.exception("lease_not_swept", lease_id_hash=id_hash[:16])
        return False
    return True


async def _act(tx: Transaction, core: Core, held: Held) -> None:
    now, lease = core.clock(), held.lease
    if lease.cancel_deadline is not None and lease.cancel_deadline < now:
        await _force(tx, held, now)
    elif lease.expires_at < now:
        acknowledged = lease.state is LeaseState.ACTIVE
        why = "lease expired" if acknowledged else "lease was not acknowledged in time"
        moment = Moment("sweeper", now, why)
        await lose_lease(tx, core, held, LeaseState.EXPIRED, moment, counts=acknowledged)
    elif _is_over_runtime(held, now):
        deadline = now + timedelta(seconds=core.settings.cancel_deadline_seconds)
        await update_leases(
            tx, [lease.id_hash], cancel_reason=CancelReason.TIMEOUT, cancel_deadline=deadline
        )
        await ring(tx)


def _is_over_runtime(held: Held, now: datetime) -> bool:
    limit = held.lease.runtime_deadline
    return limit is not None and limit < now and held.lease.cancel_reason is None


async def _force(tx: Transaction, held: Held, now: datetime) -> None:
    """The runner did not stop in time: end its job without it; a late message is stale."""
    canceled = held.work.attempt.state is JobState.CANCEL_REQUESTED
    state = JobState.CANCELED if canceled else JobState.TIMED_OUT
    moment = Moment("sweeper", now, "forced: the runner did not stop in time")
    summary = "" if canceled else TIMED_OUT_SUMMARY
    await close_attempt(tx, held, LeaseState.REVOKED, state, moment, summary=summary)
    audit.record(
        tx,
        actor="sweeper",
        action=audit.Action.JOB_FORCED_CANCEL,
        subject_kind="job",
        subject_id=held.work.job.id,
        at=now,
        runner=held.lease.runner_id,
        cancel_reason=held.lease.cancel_reason,
    )
