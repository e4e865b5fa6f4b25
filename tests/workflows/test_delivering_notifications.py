"""A notification waits for its turn, outlasts its receiver's outages, and holds up nobody."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from deltaci.states import RunState
from deltaci.testing.scripted_run import ScriptedRun, order, ticket
from deltaci.wire.orchestration import (
    DeliveryFailure,
    DeliveryOrder,
    DeliveryStanding,
    NotificationRef,
    RunOutcome,
)
from workflows.delivery import STOPPED, DeliveryWorkflow
from workflows.gateway import Gateway
from workflows.worker_factory import build_delivery_worker, build_worker

NUMBERS = itertools.count(1)
HOUR = 3_600
Handle = WorkflowHandle[Any, DeliveryStanding]


@dataclass
class ScriptedReceiver:
    """Answers a delivery's activities: `turns` in turn, of which the last repeats."""

    turns: list[bool] = field(default_factory=lambda: [True])
    errors: list[Exception] = field(default_factory=list)
    looks: int = 0
    tries: int = 0
    given_up: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @activity.defn
    async def may_deliver(self, _notification: NotificationRef) -> bool:
        async with self.changed:
            self.looks += 1
            self.changed.notify_all()
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]

    @activity.defn
    async def deliver_notification(self, notification: NotificationRef) -> DeliveryStanding:
        async with self.changed:
            self.tries += 1
            self.changed.notify_all()
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        return DeliveryStanding(notification_id=notification.notification_id, state="DELIVERED")

    @activity.defn
    async def give_up_notification(self, failure: DeliveryFailure) -> DeliveryStanding:
        self.given_up.append(failure.reason)
        return DeliveryStanding(notification_id=failure.notification_id, state="FAILED")

    async def until(self, name: str, times: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: getattr(self, name) >= times)


def delivery(**timers: int) -> DeliveryOrder:
    defaults = {
        "notification_id": f"ntf_{next(NUMBERS)}",
        "give_up_seconds": HOUR,
        "try_seconds": 5,
    }
    return DeliveryOrder.model_validate(defaults | timers)


@asynccontextmanager
async def serving(
    client: Client, receiver: ScriptedReceiver, *activities: Any, **options: Any
) -> AsyncIterator[str]:
    queue = f"deliveries-{next(NUMBERS)}"
    async with AsyncExitStack() as workers:
        near = [receiver.may_deliver, receiver.give_up_notification, *activities]
        await workers.enter_async_context(build_worker(client, queue, near, **options))
        calling = build_delivery_worker(client, queue, [receiver.deliver_notification], 1)
        await workers.enter_async_context(calling)
        yield queue


@pytest.fixture(params=[1000, 0], ids=["cached", "replayed"])
def begin(skipping: WorkflowEnvironment, request: pytest.FixtureRequest) -> Any:
    """Deliver as the gateway does; once cached, once replayed from the start at every task."""

    @asynccontextmanager
    async def begin(receiver: ScriptedReceiver, given: DeliveryOrder) -> AsyncIterator[Handle]:
        options = {"max_cached_workflows": request.param}
        async with serving(skipping.client, receiver, **options) as queue:
            yield await skipping.client.start_workflow(
                DeliveryWorkflow.run,
                given,
                id=f"notification/{given.notification_id}",
                task_queue=queue,
                start_signal="look_again",
            )

    return begin


async def test_a_notification_is_told_once(begin: Any) -> None:
    receiver = ScriptedReceiver()
    async with begin(receiver, delivery()) as told:
        result = await told.result()

    assert (result.state, receiver.tries, receiver.given_up) == ("DELIVERED", 1, [])


async def test_it_looks_by_itself_whether_it_is_its_turn(begin: Any) -> None:
    receiver = ScriptedReceiver([False, False, False, True])
    async with begin(receiver, delivery()) as told:
        result = await told.result()

    assert (result.state, receiver.tries) == ("DELIVERED", 1)


async def test_it_goes_at_once_when_it_is_told_to_look(begin: Any) -> None:
    receiver = ScriptedReceiver([False, False, True])
    async with begin(receiver, delivery(give_up_seconds=100 * HOUR)) as told:
        await receiver.until("looks", 2)
        await told.signal(DeliveryWorkflow.look_again)
        result = await told.result()

    assert (result.state, receiver.looks) == ("DELIVERED", 3)


async def test_it_does_not_wait_for_what_comes_first_for_ever(begin: Any) -> None:
    receiver = ScriptedReceiver([False])
    async with begin(receiver, delivery(give_up_seconds=HOUR)) as told:
        result = await told.result()

    assert (result.state, receiver.tries) == ("DELIVERED", 1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of other tests never skips the wait before an activity's next try."""
    soon = RetryPolicy(initial_interval=timedelta(milliseconds=20), backoff_coefficient=1.0)
    monkeypatch.setattr("workflows.policies.DELIVERY_RETRY", soon)


@asynccontextmanager
async def begun(
    client: Client, receiver: ScriptedReceiver, given: DeliveryOrder
) -> AsyncIterator[Handle]:
    async with serving(client, receiver) as queue:
        await Gateway(client, queue).deliver_notification(given)
        yield client.get_workflow_handle(
            f"notification/{given.notification_id}", result_type=DeliveryStanding
        )


async def test_a_receiver_that_is_away_is_waited_for(
    dev_server: WorkflowEnvironment, impatient: None
) -> None:
    asked = ApplicationError("429", type="ReceiverAway", next_retry_delay=timedelta(seconds=1))
    receiver = ScriptedReceiver(errors=[asked, RuntimeError("odd")])
    async with begun(dev_server.client, receiver, delivery()) as told:
        result = await told.result()
        history = await told.fetch_history()

    took = history.events[-1].event_time.ToDatetime() - history.events[0].event_time.ToDatetime()
    assert (result.state, receiver.tries, receiver.given_up) == ("DELIVERED", 3, [])
    assert took >= timedelta(seconds=1), "as long as the receiver asked for"


async def test_patience_ends_with_the_last_reason(
    dev_server: WorkflowEnvironment, impatient: None
) -> None:
    errors = [ApplicationError("the receiver answered 500", type="ReceiverAway")] * 1000
    receiver = ScriptedReceiver(errors=list(errors))
    async with begun(dev_server.client, receiver, delivery(give_up_seconds=1)) as told:
        result = await told.result()

    assert (result.state, receiver.given_up) == ("FAILED", ["the receiver answered 500"])


async def test_an_operator_who_stops_it_puts_it_aside(dev_server: WorkflowEnvironment) -> None:
    receiver = ScriptedReceiver([False])
    async with begun(dev_server.client, receiver, delivery()) as told:
        await receiver.until("looks", 2)
        await told.cancel()
        result = await told.result()

    assert (result.state, receiver.given_up, receiver.tries) == ("FAILED", [STOPPED], 0)


async def test_an_effect_that_comes_again_tells_nothing_again(
    dev_server: WorkflowEnvironment,
) -> None:
    receiver, given = ScriptedReceiver(), delivery()
    async with serving(dev_server.client, receiver) as queue:
        gateway = Gateway(dev_server.client, queue)
        await asyncio.gather(*(gateway.deliver_notification(given) for _ in range(5)))
        told = dev_server.client.get_workflow_handle(f"notification/{given.notification_id}")
        await told.result()
        await gateway.deliver_notification(given)

    assert receiver.tries == 1


async def test_a_receiver_that_hangs_delays_no_job(
    dev_server: WorkflowEnvironment, bound: Any
) -> None:
    receiver = ScriptedReceiver(gate=asyncio.Event())
    script = ScriptedRun([ticket("build"), ticket("test", "build")])
    client = dev_server.client
    async with serving(client, receiver, *bound(script)) as queue:
        gateway = Gateway(client, queue)
        for _ in range(3):
            await gateway.deliver_notification(delivery())
        await receiver.until("tries", 1)
        await gateway.start_run(f"run/{queue}", order())
        run = client.get_workflow_handle(f"run/{queue}", result_type=RunOutcome)
        outcome = await run.result()
        assert receiver.gate is not None
        tries = receiver.tries
        receiver.gate.set()

    assert outcome.state is RunState.SUCCEEDED
    assert tries == 1, "no more than its worker has room for"
