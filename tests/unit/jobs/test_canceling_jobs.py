"""Two-phase cancel of leased jobs: asked, acknowledged or completed, or forced at the deadline."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from deltaci.errors import DeltaError
from deltaci.jobs.sweep import sweep_leases
from deltaci.runs.cancel import cancel_run
from deltaci.states import JobState, LeaseState
from deltaci.store.tables import Artifact, AuditEvent
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.memory_commits import job

CANCEL_DEADLINE, TTL = 30, 120
Stale = Callable[[str], Any]


async def _canceling(factory: Factory) -> LeaseHolder:
    holder = await factory.running()
    await cancel_run(factory.core, "ada", holder.granted.run_id)
    return holder


async def test_a_cancel_waits_for_the_runner(factory: Factory) -> None:
    holder = await _canceling(factory)

    run_id = holder.granted.run_id
    assert (await factory.rows.attempt(run_id)).state is JobState.CANCEL_REQUESTED
    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCEL_REQUESTED}
    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.ACTIVE


async def test_an_acknowledged_cancel_ends_attempt_job_and_lease(factory: Factory) -> None:
    holder = await _canceling(factory)

    ack = await holder.cancel_ack(summary="stopped at step 2")

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert ack.accepted
    assert (attempt.state, attempt.summary) == (JobState.CANCELED, "stopped at step 2")
    assert attempt.completed_at == factory.clock.now
    job_row = await factory.rows.job(holder.granted.run_id)
    assert (job_row.state, job_row.state_reason) == (JobState.CANCELED, "cancelled by ada")
    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.CANCELED


async def test_an_acknowledgement_that_nobody_asked_for_is_stale(
    factory: Factory, stale: Stale
) -> None:
    holder = await factory.running()

    with stale("UNKNOWN_LEASE"):
        await holder.cancel_ack()

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.RUNNING


async def test_an_exact_replay_of_the_acknowledgement_is_answered(factory: Factory) -> None:
    holder = await _canceling(factory)
    first = await holder.cancel_ack(summary="stopped")

    assert await holder.cancel_ack(summary="stopped") == first


async def test_a_conflicting_replay_of_the_acknowledgement_is_stale(
    factory: Factory, stale: Stale
) -> None:
    holder = await _canceling(factory)
    await holder.cancel_ack(summary="stopped")

    with stale("LEASE_EXPIRED"):
        await holder.cancel_ack(summary="stopped later")


async def test_another_runner_cannot_acknowledge_a_cancel(factory: Factory, stale: Stale) -> None:
    holder = await _canceling(factory)

    with stale("UNKNOWN_LEASE"):
        await holder.cancel_ack(runner_id="runner-2")


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "CANCELED", "TIMED_OUT"])
async def test_a_completion_under_a_cancel_counts_as_canceled_and_keeps_what_it_brings(
    factory: Factory, status: str
) -> None:
    holder = await _canceling(factory)

    await holder.complete(
        status, exit_code=0, artifacts=[{"type": "binary", "uri": "s3://bucket/app"}]
    )

    run_id = holder.granted.run_id
    assert (await factory.rows.attempt(run_id)).state is JobState.CANCELED
    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCELED}
    assert [row.uri for row in await factory.rows.all(Artifact)] == ["s3://bucket/app"]


@pytest.mark.parametrize("first", ["complete", "cancel"])
async def test_a_completion_racing_a_cancel_is_settled_either_way(
    factory: Factory, first: str
) -> None:
    holder = await factory.running()
    run_id = holder.granted.run_id
    calls = [holder.complete(), cancel_run(factory.core, "ada", run_id)]

    answers = await asyncio.gather(*(calls if first == "complete" else calls[::-1]))

    assert all(not isinstance(answer, DeltaError) for answer in answers)
    states = await factory.rows.job_states(run_id)
    assert states["build"] in {JobState.SUCCEEDED, JobState.CANCELED}
    assert (await factory.rows.attempt(run_id)).state is states["build"]


async def test_at_the_deadline_the_job_is_canceled_without_its_runner(
    factory: Factory, stale: Stale
) -> None:
    holder = await _canceling(factory)
    factory.clock.advance(CANCEL_DEADLINE)
    await sweep_leases(factory.core)
    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.CANCEL_REQUESTED
    factory.clock.advance(0.001)

    await sweep_leases(factory.core)

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert (attempt.state, attempt.completed_at) == (JobState.CANCELED, factory.clock.now)
    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.CANCELED}
    with stale("LEASE_REVOKED"):
        await holder.complete()


async def test_heartbeats_do_not_put_the_cancel_deadline_off(factory: Factory) -> None:
    holder = await _canceling(factory)
    for _ in range(3):
        factory.clock.advance(CANCEL_DEADLINE / 2)
        await holder.beat()

    await sweep_leases(factory.core)

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.CANCELED}


async def test_a_second_cancel_does_not_put_the_deadline_off(factory: Factory) -> None:
    holder = await _canceling(factory)
    factory.clock.advance(CANCEL_DEADLINE - 1)
    await cancel_run(factory.core, "bob", holder.granted.run_id)

    factory.clock.advance(2)
    await sweep_leases(factory.core)

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.CANCELED}


async def test_a_forced_cancel_is_audited_without_the_lease_id(factory: Factory) -> None:
    holder = await _canceling(factory)
    factory.clock.advance(CANCEL_DEADLINE + 1)
    await sweep_leases(factory.core)

    (event,) = await factory.rows.all(AuditEvent, AuditEvent.action == "job.forced_cancel")
    assert event.subject_id == holder.granted.job_id
    assert event.details == {"runner": "runner-1", "cancel_reason": "RUN_CANCELED"}


async def test_a_runner_that_dies_under_a_cancel_does_not_wedge_the_job(factory: Factory) -> None:
    holder = await factory.running()
    factory.clock.advance(TTL - 1)
    await cancel_run(factory.core, "ada", holder.granted.run_id)
    factory.clock.advance(2)  # expired, and the cancel deadline still ahead

    await sweep_leases(factory.core)

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.CANCELED}


async def test_a_canceled_job_that_was_never_acknowledged_ends_too(factory: Factory) -> None:
    holder = await factory.leased()
    await cancel_run(factory.core, "ada", holder.granted.run_id)
    factory.clock.advance(CANCEL_DEADLINE + 1)

    await sweep_leases(factory.core)

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.CANCELED}


async def test_jobs_that_nobody_holds_end_at_once(factory: Factory) -> None:
    run_id = await factory.offered({"build": job(), "test": job("build")})

    await cancel_run(factory.core, "ada", run_id)

    states = await factory.rows.job_states(run_id)
    assert states == {"build": JobState.CANCELED, "test": JobState.CANCELED}
    for name in states:
        assert (await factory.rows.attempt(run_id, name)).state is JobState.CANCELED
