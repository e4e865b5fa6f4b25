"""Vouching keeps Temporal patient with jobs that wait or run, and drops tokens that are gone."""

from deltaci.jobs.offer import offer_attempt
from deltaci.jobs.vouch import vouch_for_open_jobs
from deltaci.states import JobState
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.testing.memory_orchestrator import MemoryOrchestrator

TIMEOUT = 120
INTERVAL = TIMEOUT / 3


async def test_an_open_job_is_vouched_for_three_times_within_the_timeout(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    await factory.offered()
    for _ in range(TIMEOUT):
        factory.clock.advance(1)
        await vouch_for_open_jobs(factory.core, orchestrator)

    assert 2 <= len(orchestrator.vouched) <= 3


async def test_operators_see_who_runs_it_and_how_far_it_is(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    holder = await factory.running()
    await holder.beat(progress={"percent": 40, "current_step": "make test"})
    factory.clock.advance(INTERVAL + 1)

    await vouch_for_open_jobs(factory.core, orchestrator)

    ((_token, shown),) = orchestrator.vouched
    assert shown == {
        "state": JobState.RUNNING,
        "runner": "runner-1",
        "lost_leases": 0,
        "progress": {"percent": 40, "current_step": "make test"},
    }
    assert holder.granted.lease_id not in str(shown)


async def test_jobs_that_have_ended_or_were_never_offered_are_not_vouched_for(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    ended = await factory.running({"build": job(), "test": job("build")})
    await ended.complete()
    factory.clock.advance(INTERVAL + 1)

    assert await vouch_for_open_jobs(factory.core, orchestrator) == 0


async def test_a_token_under_which_nothing_waits_is_dropped(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()
    attempt = await factory.rows.attempt(run_id)
    orchestrator.gone.add(attempt.task_token or b"")
    factory.clock.advance(INTERVAL + 1)

    await vouch_for_open_jobs(factory.core, orchestrator)

    assert (await factory.rows.attempt(run_id)).task_token is None
    assert (await factory.rows.attempt(run_id)).state is JobState.QUEUED


async def test_while_temporal_is_away_vouching_waits(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()
    orchestrator.reachable = False
    factory.clock.advance(INTERVAL + 1)
    await vouch_for_open_jobs(factory.core, orchestrator)

    orchestrator.reachable = True
    factory.clock.advance(INTERVAL + 1)
    await vouch_for_open_jobs(factory.core, orchestrator)

    assert len(orchestrator.vouched) == 1
    assert (await factory.rows.attempt(run_id)).task_token is not None


async def test_offering_again_replaces_the_token_and_nothing_else(factory: Factory) -> None:
    run_id = await factory.offered()
    before = await factory.rows.attempt(run_id)
    factory.clock.advance(1)

    assert await offer_attempt(factory.core, before.id, b"newer") is None

    after = await factory.rows.attempt(run_id)
    assert (after.state, after.queued_at) == (JobState.QUEUED, before.queued_at)
    assert (before.task_token, after.task_token) != (after.task_token, before.task_token)


async def test_offering_a_leased_attempt_again_leaves_its_runner_alone(factory: Factory) -> None:
    holder = await factory.running()
    attempt = await factory.rows.attempt(holder.granted.run_id)

    assert await offer_attempt(factory.core, attempt.id, b"newer") is None

    await holder.complete()
    assert (await factory.rows.attempt(holder.granted.run_id)).task_token == b"newer"


async def test_offering_an_ended_attempt_answers_its_outcome(factory: Factory) -> None:
    holder = await factory.running()
    await holder.complete()
    attempt = await factory.rows.attempt(holder.granted.run_id)

    outcome = await offer_attempt(factory.core, attempt.id, b"newer")

    assert outcome is not None
    assert (outcome.attempt_id, outcome.state) == (attempt.id, JobState.SUCCEEDED)
