"""Complete: accepted once per lease, by its runner, while it is active."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from deltaci.errors import StaleLeaseError
from deltaci.jobs.sweep import sweep_leases
from deltaci.states import JobState, LeaseState, RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect, Transition
from deltaci.testing.factories import Factory

TTL = 120
Stale = Callable[[str], Any]


async def test_success_ends_attempt_job_and_lease(factory: Factory) -> None:
    holder = await factory.running()
    now = factory.clock.advance(7)

    ack = await holder.complete("SUCCEEDED", exit_code=0, summary="all good")

    run_id = holder.granted.run_id
    attempt = await factory.rows.attempt(run_id)
    assert ack.accepted
    assert (attempt.state, attempt.completed_at) == (JobState.SUCCEEDED, now)
    assert (attempt.exit_code, attempt.summary) == (0, "all good")
    assert await factory.rows.job_states(run_id) == {"build": JobState.SUCCEEDED}
    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.COMPLETED
    assert await factory.rows.run_state(run_id) is RunState.RUNNING


async def test_success_passes_through_uploading(factory: Factory) -> None:
    holder = await factory.running()
    await holder.complete()

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert await factory.rows.moves(attempt.id) == [
        "QUEUED", "LEASED", "STARTING", "RUNNING", "UPLOADING", "SUCCEEDED",
    ]  # fmt: skip


async def test_a_quick_job_may_complete_before_its_first_heartbeat(factory: Factory) -> None:
    holder = await factory.started()

    await holder.complete()

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.SUCCEEDED}


@pytest.mark.parametrize(
    ("status", "state"), [("FAILED", JobState.FAILED), ("TIMED_OUT", JobState.TIMED_OUT)]
)
async def test_a_failed_attempt_leaves_its_job_open_for_the_orchestrator(
    factory: Factory, status: str, state: JobState
) -> None:
    holder = await factory.running()

    await holder.complete(status, exit_code=1)

    run_id = holder.granted.run_id
    assert (await factory.rows.attempt(run_id)).state is state
    assert (await factory.rows.job(run_id)).state in {JobState.UPLOADING, JobState.RUNNING}


async def test_a_cancel_that_nobody_asked_for_is_a_failure(factory: Factory) -> None:
    holder = await factory.running()

    await holder.complete("CANCELED")

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.FAILED


async def test_a_completion_promises_to_tell_the_workflow(factory: Factory) -> None:
    holder = await factory.running()

    await holder.complete()

    attempt = await factory.rows.attempt(holder.granted.run_id)
    effect = (await factory.rows.all(Effect))[-1]
    assert effect.kind == EffectKind.COMPLETE_ATTEMPT
    assert effect.payload == {"attempt_id": attempt.id}


async def test_an_exact_replay_gets_the_same_answer_and_changes_nothing(factory: Factory) -> None:
    holder = await factory.running()
    first = await holder.complete("FAILED", exit_code=2, summary="no")
    before = len(await factory.rows.all(Transition))
    factory.clock.advance(1)

    assert await holder.complete("FAILED", exit_code=2, summary="no") == first
    assert len(await factory.rows.all(Transition)) == before


async def test_a_replay_is_answered_even_long_after(factory: Factory) -> None:
    holder = await factory.running()
    first = await holder.complete()
    factory.clock.advance(10 * TTL)
    await sweep_leases(factory.core)

    assert await holder.complete() == first


@pytest.mark.parametrize(
    "conflict", [{"status": "FAILED"}, {"exit_code": 1}, {"summary": "other"}, {"artifacts": [
        {"type": "binary", "uri": "s3://bucket/late"}]}],
)  # fmt: skip
async def test_a_conflicting_replay_is_stale(
    factory: Factory, stale: Stale, conflict: dict[str, Any]
) -> None:
    holder = await factory.running()
    await holder.complete(exit_code=0)

    with stale("UNKNOWN_LEASE"):
        await holder.complete(**({"exit_code": 0} | conflict))

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.SUCCEEDED


async def test_of_two_completions_at_once_one_counts(factory: Factory) -> None:
    holder = await factory.running()

    answers = await asyncio.gather(
        holder.complete("SUCCEEDED"), holder.complete("FAILED"), return_exceptions=True
    )

    assert sum(isinstance(answer, StaleLeaseError) for answer in answers) == 1
    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert len(await factory.rows.moves(attempt.id)) == 6


async def test_a_completion_after_expiry_is_stale(factory: Factory, stale: Stale) -> None:
    holder = await factory.running()
    factory.clock.advance(TTL)

    with stale("LEASE_EXPIRED"):
        await holder.complete()

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.RUNNING


async def test_a_zombie_cannot_complete_what_another_runner_has_now(
    factory: Factory, stale: Stale
) -> None:
    zombie = await factory.running()
    factory.clock.advance(TTL + 1)
    await sweep_leases(factory.core)
    heir = await factory.seek("runner-2")
    assert heir is not None
    await heir.ack()

    with stale("LEASE_EXPIRED"):
        await zombie.complete("FAILED")

    await heir.complete("SUCCEEDED")
    assert await factory.rows.job_states(zombie.granted.run_id) == {"build": JobState.SUCCEEDED}


async def test_a_completion_needs_an_acknowledged_lease(factory: Factory, stale: Stale) -> None:
    holder = await factory.leased()

    with stale("UNKNOWN_LEASE"):
        await holder.complete()

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.LEASED


async def test_another_runner_cannot_complete(factory: Factory, stale: Stale) -> None:
    holder = await factory.running()

    with stale("UNKNOWN_LEASE"):
        await holder.complete(runner_id="runner-2")

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.RUNNING


async def test_a_backdated_completion_is_judged_by_the_servers_clock(
    factory: Factory, stale: Stale
) -> None:
    holder = await factory.running()
    in_time = factory.clock.now
    factory.clock.advance(TTL + 1)

    with stale("LEASE_EXPIRED"):
        await holder.complete(timings={"finished_at": in_time}, finished_at=in_time)
