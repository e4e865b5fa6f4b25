"""Cancel by signal and by Temporal at every stage, timeouts, and waiting for a slot."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from deltaci.states import JobState, RunState
from deltaci.testing.scripted_run import ScriptedRun, ticket
from deltaci.wire.orchestration import PlannedRun
from workflows import policies
from workflows.run import RunWorkflow

Stop = Callable[[ScriptedRun, Any], Awaitable[None]]


async def _by_signal(script: ScriptedRun, run: Any) -> None:
    """What `POST …/cancel` does: the rows first, then the signal."""
    script.cancel()
    await run.signal(RunWorkflow.cancel)


async def _by_temporal(_script: ScriptedRun, run: Any) -> None:
    """What an operator does in Temporal's UI."""
    await run.cancel()


@pytest.fixture(params=[_by_signal, _by_temporal], ids=["signal", "temporal"])
def stop(request: pytest.FixtureRequest) -> Stop:
    return request.param  # type: ignore[no-any-return] # pytest does not know the type


def planned(*jobs: Any, **plan: Any) -> ScriptedRun:
    return ScriptedRun(plan=PlannedRun(state=RunState.QUEUED, jobs=jobs, **plan))


async def test_cancel_while_planning(start: Any, stop: Stop) -> None:
    script = ScriptedRun([ticket("build")])
    script.hold("plan_run")

    async with start(script) as run:
        await script.until_called("plan_run", "run_1")
        await stop(script, run)
        script.let_go("plan_run")
        outcome = await run.result()

    assert outcome.state is RunState.CANCELED


async def test_cancel_while_a_job_runs(start: Any, stop: Stop) -> None:
    script = ScriptedRun([ticket("build"), ticket("test", "build")], held={"build/1"})

    async with start(script) as run:
        await script.until_waiting("build/1")
        await stop(script, run)
        outcome = await run.result()

    assert outcome.state is RunState.CANCELED
    assert script.names("dispatch_job") == ["build/1"]


async def test_cancel_between_two_attempts(start: Any, stop: Stop) -> None:
    script = ScriptedRun([ticket("test")], outcomes={"test/1": JobState.FAILED}, retries=1)
    script.backoff_seconds = 3000

    async with start(script, run_max_runtime_seconds=9000) as run:
        await script.until_called("settle_attempt", "test/1")
        await stop(script, run)
        outcome = await run.result()

    assert outcome.state is RunState.CANCELED


async def test_cancel_while_waiting_for_a_slot(start: Any, stop: Stop) -> None:
    script = planned(ticket("build"), max_concurrency=1)
    script.slots = [False]

    async with start(script) as run:
        await script.until_called("claim_slot", "run_1")
        await stop(script, run)
        outcome = await run.result()

    assert outcome.state is RunState.CANCELED


async def test_cancel_while_settling(start: Any, stop: Stop) -> None:
    script = ScriptedRun([ticket("build")])
    script.hold("settle_run")

    async with start(script) as run:
        await script.until_called("settle_run", "SUCCEEDED")
        await run.signal(RunWorkflow.cancel)
        if stop is _by_temporal:
            await run.cancel()
        script.let_go("settle_run")
        outcome = await run.result()

    assert outcome.state in {RunState.SUCCEEDED, RunState.CANCELED}


async def test_a_cancel_that_was_requested_before_the_workflow_began(start: Any) -> None:
    script = ScriptedRun(
        plan=PlannedRun(
            state=RunState.CANCEL_REQUESTED, jobs=(ticket("build", state=JobState.CANCELED),)
        )
    )
    script.canceled = True

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.CANCELED


async def test_cancelling_again_changes_nothing(start: Any, stop: Stop) -> None:
    script = ScriptedRun([ticket("build")], held={"build/1"}, deaf={"build/1"})

    async with start(script) as run:
        await script.until_waiting("build/1")
        for _ in range(3):
            await stop(script, run)
        script.finish("build/1", JobState.CANCELED)
        outcome = await run.result()

    assert outcome.state is RunState.CANCELED


async def test_a_job_that_never_ends_holds_the_run_up_only_so_long(
    start_in_real_time: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "WIND_DOWN_SLACK", timedelta(seconds=0.1))
    script = ScriptedRun([ticket("build")], held={"build/1"}, deaf={"build/1"})

    async with start_in_real_time(script, cancel_deadline_seconds=1) as run:
        await script.until_waiting("build/1")
        await stop(script, run)
        outcome = await run.result()

    assert outcome.state is RunState.CANCELED


async def test_a_run_that_takes_too_long_is_stopped_as_timed_out(start: Any) -> None:
    script = ScriptedRun([ticket("build"), ticket("test", "build")], held={"build/1"})

    async with start(script, run_max_runtime_seconds=1) as run:
        outcome = await run.result()

    assert outcome.state is RunState.TIMEOUT
    (stopped,) = script.stops
    assert (stopped.names, stopped.reason) == (None, "TIMEOUT")
    assert script.endings[0].reason == "the run took longer than 1 s"


async def test_a_plans_own_limit_counts_when_it_is_shorter(start: Any) -> None:
    script = planned(ticket("build"), max_runtime_seconds=1)
    script.held = {"build/1"}

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.TIMEOUT


async def test_a_run_begins_when_its_slot_is_granted(start: Any) -> None:
    script = planned(ticket("build"), max_concurrency=1)
    script.slots = [False, True]

    async with start(script) as run:
        await script.until_called("claim_slot", "run_1")
        assert script.names("dispatch_job") == []
        await run.signal(RunWorkflow.slot_granted)
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
    assert len(script.names("claim_slot")) == 2


async def test_a_lost_signal_delays_a_run_by_one_recheck(start: Any) -> None:
    script = planned(ticket("build"), max_concurrency=1)
    script.slots = [False, False, True]

    async with start(script) as run:
        outcome = await run.result()
        events = (await run.fetch_history()).events

    assert outcome.state is RunState.SUCCEEDED
    waits = [
        event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        for event in events
        if event.HasField("timer_started_event_attributes")
    ]
    assert waits[:2] == [policies.SLOT_RECHECK, 2 * policies.SLOT_RECHECK]


async def test_a_run_that_never_gets_a_slot_times_out(start: Any) -> None:
    script = planned(ticket("build"), max_concurrency=1)
    script.slots = [False]

    async with start(script, run_queue_timeout_seconds=150) as run:
        outcome = await run.result()

    assert outcome.state is RunState.TIMEOUT
    assert script.endings[0].reason == "waited too long for a concurrency slot"
    assert script.names("dispatch_job") == []
