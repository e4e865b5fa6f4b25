"""AckLease: a granted lease becomes active, once, within its window."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from deltaci.runs.cancel import cancel_run
from deltaci.states import JobState, LeaseState
from deltaci.testing.factories import Factory

ACK_WINDOW, TTL = 30, 120
Stale = Callable[[str], Any]


async def test_acknowledging_makes_lease_active_and_job_starting(factory: Factory) -> None:
    holder = await factory.leased()
    now = factory.clock.advance(3)

    await holder.ack()

    lease = await factory.rows.lease(holder.granted.lease_id)
    assert (lease.state, lease.acknowledged_at) == (LeaseState.ACTIVE, now)
    assert lease.expires_at == now + timedelta(seconds=TTL)
    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert (attempt.state, attempt.started_at) == (JobState.STARTING, now)
    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.STARTING}


async def test_a_duplicate_acknowledgement_does_not_reset_the_start(factory: Factory) -> None:
    holder = await factory.leased()
    started_at = factory.clock.now
    await holder.ack()
    expires_at = (await factory.rows.lease(holder.granted.lease_id)).expires_at
    factory.clock.advance(10)

    await holder.ack()

    assert (await factory.rows.attempt(holder.granted.run_id)).started_at == started_at
    assert (await factory.rows.lease(holder.granted.lease_id)).expires_at == expires_at


async def test_a_duplicate_acknowledgement_of_a_running_job_is_answered(factory: Factory) -> None:
    holder = await factory.running()

    assert (await holder.ack()).accepted
    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.RUNNING


async def test_the_last_moment_of_the_window_counts(factory: Factory) -> None:
    holder = await factory.leased()
    factory.clock.advance(ACK_WINDOW - 0.001)

    await holder.ack()

    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.ACTIVE


@pytest.mark.parametrize("late", [0, 0.001, 1000])
async def test_past_the_window_an_acknowledgement_is_stale(
    factory: Factory, stale: Stale, late: float
) -> None:
    holder = await factory.leased()
    factory.clock.advance(ACK_WINDOW + late)

    with stale("LEASE_EXPIRED"):
        await holder.ack()

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.LEASED


async def test_a_backdated_acknowledgement_is_judged_by_the_servers_clock(
    factory: Factory, stale: Stale
) -> None:
    holder = await factory.leased()
    granted_at = factory.clock.now
    factory.clock.advance(ACK_WINDOW + 1)

    with stale("LEASE_EXPIRED"):
        await holder.ack(accepted_at=granted_at)


async def test_a_postdated_acknowledgement_does_not_lengthen_the_lease(factory: Factory) -> None:
    holder = await factory.leased()
    far: datetime = factory.clock.now + timedelta(days=365)

    await holder.ack(accepted_at=far)

    lease = await factory.rows.lease(holder.granted.lease_id)
    assert lease.expires_at == factory.clock.now + timedelta(seconds=TTL)


async def test_another_runner_cannot_acknowledge(factory: Factory, stale: Stale) -> None:
    holder = await factory.leased()

    with stale("UNKNOWN_LEASE"):
        await holder.ack(runner_id="runner-2")

    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.GRANTED


async def test_a_made_up_lease_is_unknown(factory: Factory, stale: Stale) -> None:
    holder = await factory.leased()

    with stale("UNKNOWN_LEASE"):
        await holder.ack(lease_id="lease_" + "0" * 64)


async def test_a_job_canceled_before_the_acknowledgement_stays_canceled(factory: Factory) -> None:
    holder = await factory.leased()
    await cancel_run(factory.core, "ada", holder.granted.run_id)

    await holder.ack()

    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.ACTIVE
    assert await factory.rows.job_states(holder.granted.run_id) == {
        "build": JobState.CANCEL_REQUESTED
    }
    assert (await holder.beat()).cancel_requested
