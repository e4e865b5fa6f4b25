"""Retries, explanations, and steps that do not work at first."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.history.v1 import History

from deltaci.states import JobState, RunState
from deltaci.testing.scripted_run import ScriptedRun, ticket
from workflows import policies

BROKEN = RuntimeError("the database is away")


async def timers_of(run: Any) -> list[timedelta]:
    history: History = await run.fetch_history()
    return [
        event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        for event in history.events
        if event.HasField("timer_started_event_attributes")
    ]


async def test_a_retry_waits_longer_each_time(start: Any) -> None:
    script = ScriptedRun(
        [ticket("test")], outcomes=dict.fromkeys(["test/1", "test/2", "test/3"], JobState.FAILED)
    )
    script.retries = 3

    async with start(script) as run:
        outcome = await run.result()
        timers = await timers_of(run)

    assert outcome.state is RunState.SUCCEEDED
    assert script.names("dispatch_job") == ["test/1", "test/2", "test/3", "test/4"]
    assert [timer for timer in timers if timer < timedelta(minutes=1)] == [
        timedelta(seconds=5),
        timedelta(seconds=10),
        timedelta(seconds=20),
    ]


async def test_a_job_that_used_up_its_retries_fails_the_run(start: Any) -> None:
    script = ScriptedRun(
        [ticket("test")], outcomes=dict.fromkeys(["test/1", "test/2"], JobState.TIMED_OUT)
    )
    script.retries = 1

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.FAILED
    assert script.names("settle_attempt") == ["test/1", "test/2"]


async def test_a_retry_that_passes_has_the_failure_explained_again(start: Any) -> None:
    script = ScriptedRun([ticket("test")], outcomes={"test/1": JobState.FAILED}, retries=1)

    async with start(script) as run:
        await run.result()

    assert script.names("explain_attempt") == ["test/1", "test/1"]


@pytest.mark.parametrize("times", [1, 3])
async def test_a_failing_explanation_changes_nothing(start: Any, times: int) -> None:
    script = ScriptedRun([ticket("test")], outcomes={"test/1": JobState.FAILED})
    script.failing["explain_attempt"] = [BROKEN] * times

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.FAILED
    assert len(script.names("explain_attempt")) == min(times + 1, 3)


@pytest.mark.parametrize("step", ["settle_attempt", "stop_jobs", "settle_run"])
@pytest.mark.parametrize("failures", [2, 3, 4], ids=["near again", "far", "far again"])
async def test_a_step_that_must_happen_happens(start: Any, step: str, failures: int) -> None:
    script = ScriptedRun(
        [ticket("test"), ticket("slow")], outcomes={"test/1": JobState.FAILED}, held={"slow/1"}
    )
    script.failing[step] = [BROKEN] * failures

    async with start(script) as run:
        await script.until_waiting("slow/1")
        outcome = await run.result()

    assert outcome.state is RunState.FAILED
    assert len(script.names(step)) == failures + 1


@pytest.mark.parametrize("failures", [2, 3, 6])
async def test_planning_is_tried_again(start: Any, failures: int) -> None:
    script = ScriptedRun([ticket("build")])
    script.failing["plan_run"] = [BROKEN] * failures

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
    assert len(script.names("plan_run")) == failures + 1


async def test_planning_that_never_works_fails_the_run_with_the_reason(start: Any) -> None:
    script = ScriptedRun()
    script.failing["plan_run"] = [BROKEN] * 50

    async with start(script) as run:
        await run.result()

    assert len(script.names("plan_run")) == 3 + (policies.PLAN_RETRY.maximum_attempts or 0)
    assert script.names("fail_planning") == ["RuntimeError: the database is away"]
    assert script.names("dispatch_job") == []


async def test_an_attempt_is_offered_until_that_works(start: Any) -> None:
    script = ScriptedRun([ticket("build")])
    script.failing["dispatch_job"] = [BROKEN] * 4

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
    assert script.names("dispatch_job") == ["build/1"] * 5
