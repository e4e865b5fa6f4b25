"""A report goes on while there is news, whatever its forge does; no job ever waits for it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.testing import WorkflowEnvironment

from deltaci.states import RunState
from deltaci.testing.scripted_run import ScriptedRun, order, ticket
from deltaci.wire.orchestration import (
    ReportFailure,
    ReportOrder,
    ReportStanding,
    RunOutcome,
    RunRef,
)
from workflows.gateway import Gateway
from workflows.report import ReportWorkflow
from workflows.worker_factory import build_forge_worker, build_worker

NUMBERS = itertools.count(1)
Handle = WorkflowHandle[Any, ReportStanding]


@dataclass
class ScriptedForge:
    """Answers the report's activities: with `standings` in turn, of which the last repeats."""

    standings: list[ReportStanding] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    """What goes wrong first, in turn."""
    told: int = 0
    given_up: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @activity.defn
    async def report_run(self, run: RunRef) -> ReportStanding:
        async with self.changed:
            self.told += 1
            self.changed.notify_all()
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        return self.standings.pop(0) if len(self.standings) > 1 else self.standings[0]

    @activity.defn
    async def give_up_report(self, failure: ReportFailure) -> ReportStanding:
        self.given_up.append(failure.reason)
        return ReportStanding(run_id=failure.run_id, finished=True, error=failure.reason)

    async def until_told(self, times: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.told >= times)


def standing(run_state: str = "RUNNING", *, finished: bool = False) -> ReportStanding:
    return ReportStanding(run_id="run_1", finished=finished, run_state=run_state)


def report(**timers: Any) -> ReportOrder:
    defaults = {
        "run_id": f"run_{next(NUMBERS)}",
        "ended": False,
        "debounce_seconds": 1.0,
        "give_up_seconds": 3600,
        "heartbeat_timeout_seconds": 60,
    }
    return ReportOrder.model_validate(defaults | timers)


@asynccontextmanager
async def serving(
    client: Client, forge: ScriptedForge, *activities: Any, **options: Any
) -> AsyncIterator[str]:
    queue = f"reports-{next(NUMBERS)}"
    async with AsyncExitStack() as workers:
        near = [forge.give_up_report, *activities]
        await workers.enter_async_context(build_worker(client, queue, near, **options))
        await workers.enter_async_context(build_forge_worker(client, queue, [forge.report_run], 1))
        yield queue


@pytest.fixture(params=[1000, 0], ids=["cached", "replayed"])
def begin(skipping: WorkflowEnvironment, request: pytest.FixtureRequest) -> Any:
    """Report as the gateway does; once cached, once replayed from the start at every task."""

    @asynccontextmanager
    async def begin(forge: ScriptedForge, given: ReportOrder) -> AsyncIterator[Handle]:
        options = {"max_cached_workflows": request.param}
        async with serving(skipping.client, forge, **options) as queue:
            yield await skipping.client.start_workflow(
                ReportWorkflow.run,
                given,
                id=f"report/{given.run_id}",
                task_queue=queue,
                start_signal="changed",
                start_signal_args=[given.ended],
            )

    return begin


async def test_a_report_ends_with_the_outcome(begin: Any) -> None:
    forge = ScriptedForge([standing(finished=True)])
    async with begin(forge, report(ended=True)) as told:
        result = await told.result()

    assert (result.finished, forge.told) == (True, 1)


async def test_news_begin_another_report(begin: Any) -> None:
    forge = ScriptedForge([standing(), standing("SUCCEEDED", finished=True)])
    async with begin(forge, report()) as told:
        await forge.until_told(1)
        await told.signal(ReportWorkflow.changed, args=[True])
        result = await told.result()

    assert (result.run_state, forge.told) == ("SUCCEEDED", 2)


async def test_news_that_come_together_are_one_report(begin: Any) -> None:
    forge = ScriptedForge([standing(finished=True)])
    async with begin(forge, report(debounce_seconds=3000.0)) as told:
        for _ in range(5):
            await told.signal(ReportWorkflow.changed, args=[False])
        assert forge.told == 0
        await told.signal(ReportWorkflow.changed, args=[True])
        await told.result()

    assert forge.told == 1


async def test_news_during_a_report_are_not_lost(begin: Any) -> None:
    forge = ScriptedForge([standing(finished=True)], gate=asyncio.Event())
    async with begin(forge, report(ended=True)) as told:
        await forge.until_told(1)
        await told.signal(ReportWorkflow.changed, args=[True])
        assert forge.gate is not None
        forge.gate.set()
        await told.result()

    assert forge.told == 2


async def test_lost_news_are_looked_for(begin: Any) -> None:
    """Nobody signals, and the report finds the run's end by itself."""
    forge = ScriptedForge([standing(), standing(), standing("FAILED", finished=True)])
    async with begin(forge, report()) as told:
        result = await told.result()

    assert (result.run_state, forge.told) == ("FAILED", 3)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of other tests never skips the wait before an activity's next try."""
    soon = RetryPolicy(initial_interval=timedelta(milliseconds=20), backoff_coefficient=1.0)
    monkeypatch.setattr("workflows.policies.REPORT_RETRY", soon)


@asynccontextmanager
async def begun(client: Client, forge: ScriptedForge, given: ReportOrder) -> AsyncIterator[Handle]:
    async with serving(client, forge) as queue:
        await Gateway(client, queue).report_run(given)
        yield client.get_workflow_handle(f"report/{given.run_id}", result_type=ReportStanding)


async def test_a_forge_that_is_away_is_waited_for(
    dev_server: WorkflowEnvironment, impatient: None
) -> None:
    away = ApplicationError("away", type="ForgeUnavailable", next_retry_delay=timedelta(seconds=1))
    forge = ScriptedForge([standing(finished=True)], [away, RuntimeError("odd")])
    async with begun(dev_server.client, forge, report(ended=True)) as told:
        result = await told.result()

    assert (result.finished, forge.told, forge.given_up) == (True, 3, [])


async def test_patience_ends(dev_server: WorkflowEnvironment, impatient: None) -> None:
    errors = [ApplicationError("the forge is away", type="ForgeUnavailable")] * 1000
    forge = ScriptedForge([standing()], list(errors))
    async with begun(dev_server.client, forge, report(ended=True, give_up_seconds=1)) as told:
        result = await told.result()

    assert (result.finished, forge.given_up) == (True, ["the forge is away"])


async def test_a_report_that_has_ended_begins_again(dev_server: WorkflowEnvironment) -> None:
    forge = ScriptedForge([standing("FAILED", finished=True)])
    given = report(ended=True)
    async with serving(dev_server.client, forge) as queue:
        gateway = Gateway(dev_server.client, queue)
        told = dev_server.client.get_workflow_handle(f"report/{given.run_id}")
        for _ in range(2):
            await gateway.report_run(given)
            await told.result()
        described = await told.describe()
        metadata = await told.query("__temporal_workflow_metadata")

    assert forge.told == 2
    assert await described.static_summary() == f"tells the forge of {given.run_id}"
    assert metadata.current_details == "```text\ntold the forge: FAILED\n```"


async def test_an_operator_may_stop_a_report(dev_server: WorkflowEnvironment) -> None:
    forge = ScriptedForge([standing()], gate=asyncio.Event())
    async with begun(dev_server.client, forge, report(ended=True)) as told:
        await forge.until_told(1)
        await told.cancel()
        with pytest.raises(WorkflowFailureError) as stopped:
            await told.result()
        assert forge.gate is not None
        forge.gate.set()

    assert isinstance(stopped.value.cause, CancelledError)
    assert forge.given_up == []


async def test_a_forge_that_hangs_delays_no_job(
    dev_server: WorkflowEnvironment, bound: Any
) -> None:
    forge = ScriptedForge([standing()], gate=asyncio.Event())
    script = ScriptedRun([ticket("build"), ticket("test", "build")])
    client = dev_server.client
    async with serving(client, forge, *bound(script)) as queue:
        gateway = Gateway(client, queue)
        for _ in range(3):
            await gateway.report_run(report(ended=True))
        await forge.until_told(1)
        await gateway.start_run(f"run/{queue}", order())
        run = client.get_workflow_handle(f"run/{queue}", result_type=RunOutcome)
        outcome = await run.result()
        assert forge.gate is not None
        told = forge.told
        forge.gate.set()

    assert outcome.state is RunState.SUCCEEDED
    assert told == 1, "no more than its worker has room for"


async def test_a_long_history_is_begun_anew(
    dev_server: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("temporalio.workflow.Info.is_continue_as_new_suggested", lambda _info: True)
    forge = ScriptedForge([standing(), standing("SUCCEEDED", finished=True)])
    async with begun(dev_server.client, forge, report(debounce_seconds=0.01)) as told:
        result = await told.result()

    assert (result.run_state, forge.told) == ("SUCCEEDED", 2)
