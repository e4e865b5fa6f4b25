"""Channels are told once, by whole stacks, whatever part of them is away or dies meanwhile."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.live_receiver import LiveReceiver, live_receiver
from deltaci.testing.waiting import until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BOTH = pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
_numbers = itertools.count(1)


@pytest.fixture
def receiver() -> Iterator[LiveReceiver]:
    with live_receiver() as receiver:
        yield receiver


@pytest.fixture
def product(bench: CiBench, receiver: LiveReceiver) -> Iterator[str]:
    """A product of this test's own, whose deployments the receiver hears of."""
    name = f"shop-{next(_numbers)}"
    config = {"url": receiver.url, "secret": SECRET}
    body: dict[str, Any] = {"name": name, "channel_type": "webhook", "config": config}
    channel = bench.http.post("/notification-channels/", json=body).json()
    body = {
        "channel_id": channel["id"],
        "event_type": "deployment.*",
        "filters": {"products": [name]},
    }
    assert bench.http.post("/notification-preferences/", json=body).status_code == 201
    yield name
    bench.http.delete(f"/notification-channels/{channel['id']}")


def report(bench: CiBench, product: str, *statuses: str) -> None:
    for status in statuses:
        event = {
            "product_name": product,
            "version": "1.2.3",
            "environment_name": "production",
            "status": status,
            "invoke_id": "run-7",
        }
        answer = bench.http.post("/deployment-events/", json=event)
        assert answer.status_code == 200, answer.text


def states(bench: CiBench, product: str) -> list[str]:
    answer = bench.http.get("/notification-history/", params={"product": product})
    return [each["state"] for each in answer.json()["notifications"]]


def told(receiver: LiveReceiver) -> list[str]:
    return [each.headers["x-versioner-event"] for each in receiver.received]


@BOTH
def test_what_happens_while_temporal_is_away_is_told_once_and_in_order(
    bench: CiBench, receiver: LiveReceiver, product: str
) -> None:
    bench.stack["temporal"].kill()
    report(bench, product, "pending", "started", "completed")
    until(lambda: states(bench, product) == ["PENDING"] * 3, "all are fanned out")
    assert receiver.received == []

    bench.stack["temporal"].start()

    until(lambda: states(bench, product) == ["DELIVERED"] * 3, "all were told", seconds=60)
    assert told(receiver) == ["deployment.pending", "deployment.started", "deployment.completed"]
    for each in receiver.received:
        assert Webhook(SECRET).verify(each.body, dict(each.headers))["product_name"] == product


def test_a_worker_that_dies_while_it_tells_has_the_same_told_again(
    bench: CiBench, receiver: LiveReceiver, product: str
) -> None:
    receiver.open.clear()
    report(bench, product, "failed")
    until(lambda: receiver.received, "the receiver was called")
    bench.stack["worker-1"].kill()
    receiver.open.set()

    bench.stack["worker-1"].start()

    until(lambda: states(bench, product) == ["DELIVERED"], "it was told", seconds=90)
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1


def test_no_log_holds_an_address_or_a_secret(
    bench: CiBench, receiver: LiveReceiver, product: str
) -> None:
    report(bench, product, "completed")
    until(lambda: states(bench, product) == ["DELIVERED"], "it was told")

    for log in bench.stack.logs():
        text = log.read_text(errors="replace")
        assert "path-secret" not in text
        assert SECRET not in text
