"""The job runtime limit: runners enforce it themselves, the server catches those that do not."""

from collections.abc import Callable
from typing import Any

from deltaci.jobs.sweep import sweep_leases
from deltaci.runs.cancel import cancel_run
from deltaci.states import JobState, LeaseState
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.memory_commits import job

LIMIT, GRACE = 60, 30
Stale = Callable[[str], Any]


async def _over_its_limit(factory: Factory) -> LeaseHolder:
    holder = await factory.running({"build": job(timeout_seconds=LIMIT)})
    factory.clock.advance(LIMIT + GRACE + 1)
    await holder.beat()
    await sweep_leases(factory.core)
    return holder


async def test_a_job_within_its_limit_is_left_alone(factory: Factory) -> None:
    holder = await factory.running({"build": job(timeout_seconds=LIMIT)})
    factory.clock.advance(LIMIT + GRACE)

    assert await sweep_leases(factory.core) == 0
    assert not (await holder.beat()).cancel_requested


async def test_a_job_over_its_limit_is_asked_to_stop(factory: Factory) -> None:
    holder = await _over_its_limit(factory)

    answer = await holder.beat()

    assert (answer.cancel_requested, answer.cancel_reason) == (True, "TIMEOUT")
    assert answer.cancel_deadline_seconds == GRACE
    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.RUNNING


async def test_the_limit_runs_from_the_acknowledgement(factory: Factory) -> None:
    holder = await factory.leased({"build": job(timeout_seconds=LIMIT)})
    factory.clock.advance(29)
    await holder.ack()
    factory.clock.advance(LIMIT + GRACE)

    assert await sweep_leases(factory.core) == 0


async def test_a_runner_that_stops_in_time_ends_as_timed_out(factory: Factory) -> None:
    holder = await _over_its_limit(factory)

    await holder.cancel_ack()

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert attempt.state is JobState.TIMED_OUT
    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.CANCELED


async def test_a_success_after_the_limit_is_no_success(factory: Factory) -> None:
    holder = await _over_its_limit(factory)

    await holder.complete("SUCCEEDED")

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.TIMED_OUT


async def test_a_runner_that_does_not_stop_is_ended_without_it(
    factory: Factory, stale: Stale
) -> None:
    holder = await _over_its_limit(factory)
    factory.clock.advance(GRACE + 1)
    await holder.beat()

    await sweep_leases(factory.core)

    attempt = await factory.rows.attempt(holder.granted.run_id)
    assert (attempt.state, attempt.summary) == (JobState.TIMED_OUT, "timed out")
    with stale("LEASE_REVOKED"):
        await holder.complete()


async def test_a_job_over_its_limit_that_is_handed_back_is_not_begun_again(
    factory: Factory,
) -> None:
    holder = await _over_its_limit(factory)

    await holder.hand_back()

    assert (await factory.rows.attempt(holder.granted.run_id)).state is JobState.TIMED_OUT
    assert await factory.seek() is None


async def test_a_cancel_of_a_job_over_its_limit_counts_as_a_cancel(factory: Factory) -> None:
    holder = await _over_its_limit(factory)
    await cancel_run(factory.core, "ada", holder.granted.run_id)

    await holder.cancel_ack()

    assert await factory.rows.job_states(holder.granted.run_id) == {"build": JobState.CANCELED}
