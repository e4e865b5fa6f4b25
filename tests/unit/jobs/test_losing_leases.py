"""Lost leases: the same attempt is offered again, at its old place, a bounded number of times."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from deltaci.jobs import sweep
from deltaci.jobs.settle import settle_attempt
from deltaci.jobs.sweep import sweep_leases
from deltaci.runs.cancel import cancel_run
from deltaci.states import JobState, LeaseState
from deltaci.store.database import Transaction
from deltaci.store.leases import Held, find_held, hash_lease_id
from deltaci.store.tables import Effect
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.memory_commits import job

ACK_WINDOW, TTL, LOSSES = 30, 120, 5
Stale = Callable[[str], Any]


async def _expire(factory: Factory, seconds: float = TTL + 1) -> None:
    factory.clock.advance(seconds)
    await sweep_leases(factory.core)


async def _taken(factory: Factory, runner_id: str = "runner-1") -> LeaseHolder:
    holder = await factory.seek(runner_id)
    assert holder is not None
    return holder


async def test_a_lease_that_expires_offers_the_same_attempt_again(factory: Factory) -> None:
    lost = await factory.running()
    run_id = lost.granted.run_id

    await _expire(factory)

    attempt = await factory.rows.attempt(run_id)
    assert (attempt.state, attempt.lease_losses, attempt.runner_id) == (JobState.QUEUED, 1, None)
    assert attempt.started_at is None
    assert await factory.rows.job_states(run_id) == {"build": JobState.QUEUED}
    assert await factory.rows.lease_state(lost.granted.lease_id) is LeaseState.EXPIRED
    again = await _taken(factory, "runner-2")
    assert again.granted.job_id == lost.granted.job_id
    assert again.granted.lease_id != lost.granted.lease_id
    assert len(await factory.rows.attempts(run_id)) == 1


async def test_the_workflow_hears_nothing_of_a_lease_that_is_offered_again(
    factory: Factory,
) -> None:
    await factory.running()
    before = len(await factory.rows.all(Effect))

    await _expire(factory)

    assert len(await factory.rows.all(Effect)) == before


async def test_a_lease_that_is_never_acknowledged_expires_after_its_window(
    factory: Factory,
) -> None:
    holder = await factory.leased()

    await _expire(factory, ACK_WINDOW + 1)

    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.EXPIRED
    job_row = await factory.rows.job(holder.granted.run_id)
    assert job_row.state_reason == "lease was not acknowledged in time"


async def test_nothing_is_swept_before_its_time(factory: Factory) -> None:
    await factory.running()

    await _expire(factory, TTL)

    assert await sweep_leases(factory.core) == 0


async def test_a_lost_job_keeps_its_place_in_the_queue(factory: Factory) -> None:
    lost = await factory.running()
    factory.clock.advance(1)
    await factory.offered()

    await _expire(factory)

    assert (await _taken(factory)).granted.run_id == lost.granted.run_id


async def test_two_sweepers_at_once_lose_a_lease_once(factory: Factory) -> None:
    holder = await factory.running()
    factory.clock.advance(TTL + 1)

    await asyncio.gather(*(sweep_leases(factory.core) for _ in range(4)))

    assert (await factory.rows.attempt(holder.granted.run_id)).lease_losses == 1


async def test_a_heartbeat_racing_the_sweep_never_leaves_a_half_lost_lease(
    factory: Factory, stale: Stale
) -> None:
    holder = await factory.running()
    factory.clock.advance(TTL + 1)

    await asyncio.gather(
        sweep_leases(factory.core), holder.beat(), sweep_leases(factory.core),
        return_exceptions=True,
    )  # fmt: skip

    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.EXPIRED
    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.QUEUED


async def test_each_lease_grows_the_fence(factory: Factory) -> None:
    holder = await factory.running()
    for fence in (1, 2, 3):
        assert (await factory.rows.attempt(holder.granted.run_id)).fence == fence
        await _expire(factory)
        await (await _taken(factory)).ack()


async def test_after_the_cap_the_attempt_is_stale_and_its_job_fails(factory: Factory) -> None:
    run_id = (await factory.running({"build": job(retries=3)})).granted.run_id
    for loss in range(1, LOSSES + 1):
        await _expire(factory)
        assert (await factory.rows.attempt(run_id)).lease_losses == loss
        await (await _taken(factory)).ack()

    await _expire(factory)

    attempt = await factory.rows.attempt(run_id)
    assert (attempt.state, attempt.summary) == (JobState.STALE, "lost its runner 6 times")
    assert await factory.seek() is None
    settlement = await settle_attempt(factory.core, attempt.id)
    assert settlement.state is JobState.FAILED
    assert await factory.rows.job_states(run_id) == {"build": JobState.FAILED}


async def test_lost_leases_do_not_use_up_retries(factory: Factory) -> None:
    run_id = (await factory.running({"build": job(retries=1)})).granted.run_id
    await _expire(factory)
    holder = await _taken(factory)
    await holder.ack()
    await holder.complete("FAILED", summary="connection refused", exit_code=1)

    attempt = await factory.rows.attempt(run_id)
    assert attempt.attempt_number == 1
    assert (await settle_attempt(factory.core, attempt.id)).attempt_number == 2


async def test_a_job_that_is_handed_back_is_offered_at_once(factory: Factory) -> None:
    holder = await factory.running()

    await holder.hand_back()

    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.REVOKED
    assert (await _taken(factory, "runner-2")).granted.job_id == holder.granted.job_id


async def test_a_job_may_be_handed_back_before_it_is_acknowledged(factory: Factory) -> None:
    holder = await factory.leased()

    await holder.hand_back()

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.QUEUED}


async def test_who_handed_back_has_nothing_left_to_say(factory: Factory, stale: Stale) -> None:
    holder = await factory.running()
    await holder.hand_back()

    for message in (holder.hand_back, holder.beat, holder.ack, holder.cancel_ack):
        with stale("LEASE_REVOKED"):
            await message()
    with stale("LEASE_REVOKED"):
        await holder.complete()


async def test_another_runner_cannot_hand_a_job_back(factory: Factory, stale: Stale) -> None:
    holder = await factory.running()

    with stale("UNKNOWN_LEASE"):
        await holder.hand_back(runner_id="runner-2")


async def test_handing_back_under_a_cancel_cancels(factory: Factory) -> None:
    holder = await factory.running()
    await cancel_run(factory.core, "ada", holder.granted.run_id)

    await holder.hand_back()

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.CANCELED}
    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.CANCELED


async def test_a_lease_that_cannot_be_dealt_with_delays_no_other_and_is_not_counted(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, free = await factory.running(), await factory.running()
    stuck_hash = hash_lease_id(stuck.granted.lease_id)

    async def find(tx: Transaction, id_hash: str) -> Held | None:
        if id_hash == stuck_hash:
            raise RuntimeError("a row that nobody understands")
        return await find_held(tx, id_hash)

    monkeypatch.setattr(sweep, "find_held", find)
    factory.clock.advance(TTL + 1)

    assert await sweep_leases(factory.core) == 1
    assert await sweep_leases(factory.core) == 0
    assert await factory.rows.lease_state(free.granted.lease_id) is LeaseState.EXPIRED
    assert await factory.rows.lease_state(stuck.granted.lease_id) is LeaseState.ACTIVE
