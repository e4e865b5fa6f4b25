"""Heartbeat: extends the lease from receipt, carries advisory progress, and brings news back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from deltaci.jobs.sweep import sweep_leases
from deltaci.runs.cancel import cancel_run
from deltaci.states import JobState, LeaseState
from deltaci.testing.factories import Factory

TTL = 120
Stale = Callable[[str], Any]


async def test_the_first_heartbeat_makes_the_job_running(factory: Factory) -> None:
    holder = await factory.started()

    answer = await holder.beat()

    assert (answer.extend_lease, answer.new_lease_ttl_seconds) == (True, TTL)
    assert (answer.cancel_requested, answer.cancel_deadline_seconds) == (False, 0)
    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.RUNNING}
    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.RUNNING


async def test_later_heartbeats_are_no_transitions(factory: Factory) -> None:
    holder = await factory.running()
    await holder.beat()

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert await factory.rows.moves(attempt.id) == ["QUEUED", "LEASED", "STARTING", "RUNNING"]


async def test_a_heartbeat_extends_the_lease_from_its_receipt(factory: Factory) -> None:
    holder = await factory.running()
    for _ in range(10):
        factory.clock.advance(TTL - 1)
        await holder.beat()

    now, lease = factory.clock.now, await factory.rows.lease(holder.granted.lease_id)
    assert (lease.expires_at, lease.last_heartbeat_at) == (now + timedelta(seconds=TTL), now)
    assert await sweep_leases(factory.core) == 0


@pytest.mark.parametrize("stamp_days", [-365, 365])
async def test_the_runners_own_time_cannot_move_the_expiry(
    factory: Factory, stamp_days: int
) -> None:
    holder = await factory.running()
    now = factory.clock.advance(1)

    await holder.beat(ts=now + timedelta(days=stamp_days), progress={"percent": 5})

    lease = await factory.rows.lease(holder.granted.lease_id)
    assert lease.expires_at == now + timedelta(seconds=TTL)


async def test_a_backdated_heartbeat_cannot_revive_an_expired_lease(
    factory: Factory, stale: Stale
) -> None:
    holder = await factory.running()
    in_time = factory.clock.now
    factory.clock.advance(TTL)

    with stale("LEASE_EXPIRED"):
        await holder.beat(ts=in_time)


async def test_an_expired_lease_stays_dead_before_and_after_the_sweep(
    factory: Factory, stale: Stale
) -> None:
    holder = await factory.running()
    factory.clock.advance(TTL + 1)
    with stale("LEASE_EXPIRED"):
        await holder.beat()

    await sweep_leases(factory.core)

    with stale("LEASE_EXPIRED"):
        await holder.beat()


async def test_a_lease_must_be_acknowledged_before_its_first_heartbeat(
    factory: Factory, stale: Stale
) -> None:
    holder = await factory.leased()

    with stale("UNKNOWN_LEASE"):
        await holder.beat()

    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.GRANTED


async def test_another_runner_cannot_keep_a_lease_alive(factory: Factory, stale: Stale) -> None:
    holder = await factory.running()

    with stale("UNKNOWN_LEASE"):
        await holder.beat(runner_id="runner-2")


async def test_older_progress_never_overwrites_newer(factory: Factory) -> None:
    holder = await factory.running()
    now = factory.clock.advance(10)
    await holder.beat(ts=now, progress={"percent": 60, "current_step": "make test"})

    await holder.beat(ts=now - timedelta(seconds=5), progress={"percent": 10})

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert attempt.progress == {"percent": 60, "current_step": "make test"}


async def test_a_reordered_heartbeat_still_shows_life(factory: Factory) -> None:
    holder = await factory.running()
    now = factory.clock.advance(10)
    await holder.beat(ts=now, progress={"percent": 60})
    later = factory.clock.advance(1)

    await holder.beat(ts=now - timedelta(seconds=5), progress={"percent": 10})

    lease = await factory.rows.lease(holder.granted.lease_id)
    assert lease.expires_at == later + timedelta(seconds=TTL)


async def test_a_heartbeat_brings_the_news_of_a_cancel(factory: Factory) -> None:
    holder = await factory.running()
    await cancel_run(factory.core, "ada", holder.granted.run_id)
    factory.clock.advance(12.5)

    answer = await holder.beat()

    assert (answer.cancel_requested, answer.cancel_reason) == (True, "RUN_CANCELED")
    assert answer.cancel_deadline_seconds == 18  # 17.5 left, and never 0 while there is time
    assert answer.extend_lease
