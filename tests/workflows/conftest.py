"""Workflows on real servers: the time-skipping one for timers, the dev server for the UI."""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from deltaci.testing.scripted_run import ScriptedRun, order
from deltaci.wire.orchestration import RunOrder, RunOutcome
from workflows import search
from workflows.run import RunWorkflow
from workflows.search_registration import register_search_attributes
from workflows.worker_factory import build_worker

ACTIVITIES = (
    *("plan_run", "fail_planning", "claim_slot", "dispatch_job", "settle_attempt"),
    *("explain_attempt", "stop_jobs", "request_cancel", "settle_run"),
)
_numbers = itertools.count(1)

Handle = WorkflowHandle[Any, RunOutcome]


@pytest.fixture(scope="session")
async def skipping(temporal_test_server: Path) -> AsyncIterator[WorkflowEnvironment]:
    """A server whose clock jumps to the next timer when nothing else is going on."""
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(temporal_test_server),
        data_converter=pydantic_data_converter,
    ) as environment:
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=environment.client.namespace,
                search_attributes={
                    key.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD for key in search.ALL
                },
            )
        )
        yield environment


@pytest.fixture(scope="session")
async def dev_server(temporal_binary: Path) -> AsyncIterator[WorkflowEnvironment]:
    """Temporal itself."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(temporal_binary),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "history.transferProcessorMaxPollRPS=2000",
        ],
        data_converter=pydantic_data_converter,
    ) as environment:
        await register_search_attributes(environment.client)
        yield environment


Activities = Sequence[Callable[..., Any]]


def bind(script: ScriptedRun) -> Activities:
    """The script's answers, registered under the names of the real activities."""
    return [activity.defn(name=name)(_bound(script, name)) for name in ACTIVITIES]


def _bound(script: ScriptedRun, name: str) -> Callable[..., Any]:
    """A function of its own per script: `activity.defn` marks what it is given."""
    method = getattr(script, name)
    argument_type, result_type = get_type_hints(method).values()

    async def call(argument: Any) -> Any:
        return await method(argument)

    call.__annotations__ = {"argument": argument_type, "return": result_type}
    return call


@asynccontextmanager
async def serving(client: Client, script: ScriptedRun, **options: Any) -> AsyncIterator[str]:
    queue = f"queue-{next(_numbers)}"
    async with build_worker(client, queue, bind(script), **options):
        try:
            yield queue
        finally:
            script.release()


@asynccontextmanager
async def started(
    client: Client, script: ScriptedRun, given: RunOrder, **options: Any
) -> AsyncIterator[Handle]:
    async with serving(client, script, **options) as queue:
        yield await client.start_workflow(
            RunWorkflow.run, given, id=f"run/{queue}", task_queue=queue
        )


@pytest.fixture
def bound() -> Callable[[ScriptedRun], Activities]:
    """Make activities of a script."""
    return bind


@pytest.fixture
def serve() -> Callable[..., Any]:
    """Serve a script on a queue of its own."""
    return serving


Start = Callable[..., Any]


@pytest.fixture(params=[1000, 0], ids=["cached", "replayed"])
def start(skipping: WorkflowEnvironment, request: pytest.FixtureRequest) -> Start:
    """Start the workflow over a script; once cached, once replayed from the start at every task."""

    def start(script: ScriptedRun, **timers: int) -> Any:
        return started(skipping.client, script, order(**timers), max_cached_workflows=request.param)

    return start


@pytest.fixture
def start_in_real_time(dev_server: WorkflowEnvironment) -> Start:
    """Start the workflow on the dev server.

    The other server never skips time again once a workflow ended with an activity still open.
    """

    def start_in_real_time(script: ScriptedRun, **timers: int) -> Any:
        return started(dev_server.client, script, order(**timers))

    return start_in_real_time
