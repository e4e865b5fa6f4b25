"""A runner reports how its job ended."""

import hashlib

from deltaci.core import Core
from deltaci.errors import StaleLeaseError
from deltaci.jobs.close import close_attempt
from deltaci.jobs.held import hold_lease, require_active
from deltaci.jobs.results import record_results
from deltaci.states import JobState, LeaseState
from deltaci.store.leases import Held
from deltaci.store.transitions import Moment
from deltaci.wire.runner import CancelReason, Complete, CompleteAck, CompletionStatus, StaleReason

SUMMARY_SHOWN = 160
"""How much of a runner's summary becomes the reason of a state (spec §5)."""


async def complete_job(core: Core, message: Complete) -> CompleteAck:
    """Settle the attempt by its runner's word, once per lease.

    An exact replay gets the same answer; another completion of the same lease is stale, as is one
    that comes after expiry. When a cancel was requested first, the cancel counts and what the
    runner brings is kept. Raises StaleLeaseError.
    """
    fingerprint = hashlib.sha256(message.model_dump_json().encode()).hexdigest()
    async with core.database.write() as tx:
        held = await hold_lease(tx, message.lease_id, message.runner_id)
        if held.lease.state in {LeaseState.COMPLETED, LeaseState.CANCELED}:
            if held.lease.closed_by == fingerprint:
                return CompleteAck(lease_id=message.lease_id)
            raise StaleLeaseError(StaleReason.UNKNOWN_LEASE)
        now = core.clock()
        require_active(held, now)
        final = _final_state(held, message.status)
        await record_results(tx, held.work.attempt, message, now)
        await close_attempt(
            tx,
            held,
            LeaseState.COMPLETED,
            final,
            Moment(f"runner:{message.runner_id}", now, _why(held, final, message)),
            closed_by=fingerprint,
            exit_code=message.exit_code,
            summary=message.summary,
            steps=[step.model_dump(mode="json") for step in message.steps],
            tests=message.tests.model_dump(mode="json") if message.tests else None,
        )
    return CompleteAck(lease_id=message.lease_id)


def _final_state(held: Held, status: CompletionStatus) -> JobState:
    if held.work.attempt.state is JobState.CANCEL_REQUESTED:
        return JobState.CANCELED
    if held.lease.cancel_reason == CancelReason.TIMEOUT:
        return JobState.TIMED_OUT
    if status is CompletionStatus.CANCELED:
        return JobState.FAILED  # nobody asked for it
    return JobState(status)


def _why(held: Held, final: JobState, message: Complete) -> str:
    if final is JobState.CANCELED:
        return held.work.job.state_reason
    return message.summary[:SUMMARY_SHOWN]
