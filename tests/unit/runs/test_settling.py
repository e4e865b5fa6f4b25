"""How a run ends: its outcome from the rows, with nothing unfinished left behind."""

import asyncio

import pytest

from deltaci.errors import NotFoundError
from deltaci.jobs.settle import settle_attempt
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.runs.stop_jobs import stop_jobs
from deltaci.states import JobState, LeaseState, RunState
from deltaci.store.tables import Recipe
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.wire.orchestration import RunEnding, StopJobs

WITH_OPTIONAL = {"build": job(), "lint": job(required=False)}


async def _settle(factory: Factory, run_id: str, wanted: str = "SUCCEEDED") -> RunState:
    ending = RunEnding(run_id=run_id, wanted=RunState(wanted), reason="it was wanted")
    return await settle_run(factory.core, ending)


async def _end(factory: Factory, run_id: str, **statuses: str) -> None:
    """Let runners end the offered jobs with these statuses."""
    for _ in statuses:
        holder = await factory.seek()
        assert holder is not None
        await holder.ack()
        await holder.complete(statuses[holder.granted.job_spec.name], exit_code=0)


async def test_all_required_jobs_succeeded(factory: Factory) -> None:
    run_id = await factory.offered(WITH_OPTIONAL)
    await _end(factory, run_id, build="SUCCEEDED", lint="SUCCEEDED")
    now = factory.clock.advance(3)

    assert await _settle(factory, run_id) is RunState.SUCCEEDED

    run = await factory.rows.run(run_id)
    assert (run.state, run.finished_at, run.state_reason) == (RunState.SUCCEEDED, now, "")


async def test_an_optional_failure_is_tolerated(factory: Factory) -> None:
    run_id = await factory.offered(WITH_OPTIONAL)
    await _end(factory, run_id, build="SUCCEEDED", lint="FAILED")

    assert await _settle(factory, run_id) is RunState.SUCCEEDED
    assert (await factory.rows.job(run_id, "lint")).state is not JobState.SUCCEEDED


@pytest.mark.parametrize("wanted", ["SUCCEEDED", "FAILED"])
async def test_a_required_failure_fails_the_run_whatever_was_wanted(
    factory: Factory, wanted: str
) -> None:
    run_id = await factory.offered({"build": job(), "test": job()})
    await _end(factory, run_id, build="FAILED", test="SUCCEEDED")

    assert await _settle(factory, run_id, wanted) is RunState.FAILED


async def test_a_required_job_that_never_ran_fails_the_run(factory: Factory) -> None:
    run_id = await factory.offered()

    assert await _settle(factory, run_id) is RunState.FAILED

    run = await factory.rows.run(run_id)
    assert run.state_reason == "required jobs did not succeed: build (QUEUED)"
    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCELED}


async def test_a_timeout_is_a_timeout_and_revokes_what_runs(factory: Factory) -> None:
    holder = await factory.running()
    run_id = holder.granted.run_id

    assert await _settle(factory, run_id, "TIMEOUT") is RunState.TIMEOUT

    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCELED}
    assert (await factory.rows.attempt(run_id)).state is JobState.CANCELED
    assert await factory.rows.lease_state(holder.granted.lease_id) is LeaseState.REVOKED


@pytest.mark.parametrize("wanted", ["SUCCEEDED", "FAILED", "TIMEOUT"])
async def test_a_requested_cancel_counts_over_everything_else(
    factory: Factory, wanted: str
) -> None:
    run_id = (await factory.running()).granted.run_id
    await cancel_run(factory.core, "ada", run_id)

    assert await _settle(factory, run_id, wanted) is RunState.CANCELED
    assert (await factory.rows.run(run_id)).state_reason == "cancelled by ada"


@pytest.mark.parametrize("stage", ["planned", "offered", "leased", "started", "running"])
async def test_no_job_is_left_open_whatever_it_was_doing(factory: Factory, stage: str) -> None:
    made = await getattr(factory, stage)()
    run_id = made if isinstance(made, str) else made.granted.run_id

    await _settle(factory, run_id, "FAILED")

    assert await factory.rows.run_state(run_id) is RunState.FAILED
    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCELED}
    assert (await factory.rows.attempt(run_id)).state is JobState.CANCELED
    assert await factory.seek() is None


async def test_a_settled_run_keeps_its_outcome(factory: Factory) -> None:
    run_id = await factory.offered()
    await _settle(factory, run_id, "TIMEOUT")
    before = await factory.rows.moves(run_id)

    assert await _settle(factory, run_id, "SUCCEEDED") is RunState.TIMEOUT
    assert await factory.rows.moves(run_id) == before


async def test_settling_and_canceling_at_once_give_one_outcome(factory: Factory) -> None:
    run_id = (await factory.running()).granted.run_id

    await asyncio.gather(
        _settle(factory, run_id, "TIMEOUT"),
        cancel_run(factory.core, "ada", run_id),
        _settle(factory, run_id, "TIMEOUT"),
        return_exceptions=True,
    )

    assert await factory.rows.run_state(run_id) in {RunState.TIMEOUT, RunState.CANCELED}
    assert (await factory.rows.attempt(run_id)).state is JobState.CANCELED


async def test_an_unknown_run_is_not_found(factory: Factory) -> None:
    with pytest.raises(NotFoundError):
        await _settle(factory, "run_nobody")


async def test_stopping_some_jobs_leaves_the_others(factory: Factory) -> None:
    run_id = await factory.offered({"build": job(), "test": job("build"), "lint": job()})
    order = StopJobs(
        run_id=run_id, reason="JOB_CANCELED", explanation="needs build", names=("test",)
    )

    await stop_jobs(factory.core, order)
    await stop_jobs(factory.core, order)

    states = await factory.rows.job_states(run_id)
    assert states == {
        "build": JobState.QUEUED,
        "test": JobState.CANCELED,
        "lint": JobState.QUEUED,
    }
    assert (await factory.rows.job(run_id, "test")).state_reason == "needs build"
    assert await factory.rows.run_state(run_id) is RunState.QUEUED


async def test_a_job_that_waited_for_a_broken_one_says_so_whoever_stops_it(
    factory: Factory,
) -> None:
    run_id = await factory.offered({"build": job(), "test": job("build"), "lint": job()})
    holder = await factory.seek()
    assert holder is not None
    await holder.ack()
    await holder.complete("FAILED", exit_code=0)
    await settle_attempt(factory.core, (await factory.rows.attempt(run_id)).id)
    order = StopJobs(
        run_id=run_id, reason="JOB_CANCELED", explanation="required job build did not succeed"
    )

    await stop_jobs(factory.core, order)

    assert (await factory.rows.job(run_id, "test")).state_reason == "needs build, which is FAILED"
    assert (await factory.rows.job(run_id, "lint")).state_reason == order.explanation


async def test_a_declared_plan_is_no_recipe(factory: Factory) -> None:
    run_id = await factory.offered()
    await _end(factory, run_id, build="SUCCEEDED")

    await _settle(factory, run_id)

    assert await factory.rows.all(Recipe) == []
