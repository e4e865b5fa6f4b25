"""Planning a run: stored once, explained when impossible, left alone while Git is away."""

import asyncio

import pytest

from deltaci.errors import NotFoundError, UnavailableError
from deltaci.runs.cancel import cancel_run
from deltaci.runs.plan import fail_planning
from deltaci.states import JobState, RunState
from deltaci.store.tables import Job, RunPlan
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import config, job


async def test_a_plan_is_stored_with_its_jobs_and_first_attempts(factory: Factory) -> None:
    run_id = await factory.run(config({"build": job(retries=2), "test": job("build")}))

    planned = await factory.plan(run_id)

    assert await factory.rows.run_state(run_id) is RunState.QUEUED
    assert [(ticket.name, ticket.needs) for ticket in planned.jobs] == [
        ("build", ()),
        ("test", ("build",)),
    ]
    attempt = await factory.rows.attempt(run_id, "build")
    assert (attempt.state, attempt.attempt_number) == (JobState.CREATED, 1)
    assert (await factory.rows.job(run_id, "build")).policy["retries"] == 2


async def test_planning_again_describes_the_run_as_it_stands(factory: Factory) -> None:
    holder = await factory.running()

    planned = await factory.plan(holder.granted.run_id)

    assert [ticket.state for ticket in planned.jobs] == [JobState.RUNNING]
    assert len(await factory.rows.all(Job)) == 1


async def test_planning_at_once_twice_stores_one_plan(factory: Factory) -> None:
    run_id = await factory.run()

    first, second = await asyncio.gather(factory.plan(run_id), factory.plan(run_id))

    assert first.jobs == second.jobs != ()
    assert len(await factory.rows.all(RunPlan)) == 1


async def test_a_configuration_that_is_wrong_fails_the_run_with_the_reason(
    factory: Factory,
) -> None:
    run_id = await factory.run({"ci.ai.yaml": "version: 2"})

    planned = await factory.plan(run_id)

    run = await factory.rows.run(run_id)
    assert planned.state is run.state is RunState.FAILED
    assert run.state_reason.startswith("planning failed: ")
    assert run.finished_at is not None
    assert await factory.rows.moves(run_id) == ["PLANNING", "PLAN_FAILED", "FAILED"]


async def test_more_jobs_than_allowed_fail_the_run(factory: Factory) -> None:
    factory = factory.under(run_max_jobs=2)
    run_id = await factory.run(config({f"job-{n}": job() for n in range(3)}))

    await factory.plan(run_id)

    assert "more than the limit of 2" in (await factory.rows.run(run_id)).state_reason


async def test_while_the_repository_is_away_the_run_waits(factory: Factory) -> None:
    run_id = await factory.run()
    factory.commits.reachable = False
    with pytest.raises(UnavailableError):
        await factory.plan(run_id)
    assert await factory.rows.run_state(run_id) is RunState.PLANNING

    factory.commits.reachable = True
    await factory.plan(run_id)

    assert await factory.rows.run_state(run_id) is RunState.QUEUED


async def test_a_cancel_before_planning_needs_no_plan(factory: Factory) -> None:
    run_id = await factory.run()
    await cancel_run(factory.core, "ada", run_id)

    planned = await factory.plan(run_id)

    assert (planned.state, planned.jobs) == (RunState.CANCEL_REQUESTED, ())


async def test_a_cancel_racing_the_planner_leaves_no_open_job(factory: Factory) -> None:
    run_id = await factory.run()

    await asyncio.gather(factory.plan(run_id), cancel_run(factory.core, "ada", run_id))

    assert await factory.rows.run_state(run_id) is RunState.CANCEL_REQUESTED
    assert set((await factory.rows.job_states(run_id)).values()) <= {JobState.CANCELED}


async def test_giving_up_on_planning_ends_only_runs_without_a_plan(factory: Factory) -> None:
    planned, unplanned = await factory.planned(), await factory.run()
    for run_id in (planned, unplanned):
        await fail_planning(factory.core, run_id, "it took too long")

    assert await factory.rows.run_state(planned) is RunState.QUEUED
    assert await factory.rows.run_state(unplanned) is RunState.FAILED


async def test_an_unknown_run_cannot_be_planned(factory: Factory) -> None:
    with pytest.raises(NotFoundError):
        await factory.plan("run_nobody")
