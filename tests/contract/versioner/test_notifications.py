"""What a receiver is told of an event, and what the history shows of it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from deltaci.notifications.deliver import ReceiverAwayError
from deltaci.notifications.fan_out import fan_out
from deltaci.notifications.give_up import give_up
from deltaci.testing.http_stub import Answer
from deltaci.testing.notified import (
    HISTORY,
    SECRET,
    add_channel,
    deliver_all,
    history,
    subscribe,
)
from deltaci.testing.receiver import Receiver, receiving
from deltaci.testing.tracker import Tracker

CI_KEYS = [
    *("id", "deployed_at", "event_type", "environment", "is_successful", "deployer"),
    *("product_name", "version", "repo_name", "commit_sha", "preflight_status", "source_url"),
]


@pytest.fixture
async def tracker(open_tracker: Any) -> AsyncIterator[Tracker]:
    """An API of each test's own: channels hear of everybody's events."""
    notifications = {"private_hosts": "127.0.0.1", "apprise_schemes": "discord"}
    async with open_tracker(notifications=notifications) as tracker:
        yield tracker


@pytest.fixture
def admin(tracker: Tracker) -> httpx2.AsyncClient:
    return tracker.admin


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def test_an_event_reaches_a_receiver_that_checks_both_signatures(
    tracker: Tracker, admin: httpx2.AsyncClient, receiver: Receiver
) -> None:
    channel = await add_channel(admin, receiver.url)
    await subscribe(admin, channel, "deployment.*", environments=["production"])
    event = {
        "product_name": "shop",
        "version": "1.2.3",
        "environment_name": "production",
        "status": "success",
        "scm_repository": "acme/shop",
        "scm_sha": "abc123",
        "deployed_by_name": "Ann",
        "deploy_url": "https://ci.example/7",
    }
    posted = await tracker.admin.post("/deployment-events/", json=event)
    assert posted.status_code == 200, posted.text

    await deliver_all(tracker)

    (request,) = receiver.received
    payload = Webhook(SECRET).verify(request.body, dict(request.headers))
    digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-versioner-signature"] == f"sha256={digest}"
    assert request.headers["x-versioner-event"] == "deployment.completed"
    assert list(payload) == CI_KEYS
    assert payload | {"deployed_at": ""} == {
        "id": posted.json()["id"],
        "deployed_at": "",
        "event_type": "deployment.completed",
        "environment": "production",
        "is_successful": True,
        "deployer": "Ann",
        "product_name": "shop",
        "version": "1.2.3",
        "repo_name": "acme/shop",
        "commit_sha": "abc123",
        "preflight_status": payload["preflight_status"],
        "source_url": "https://ci.example/7",
    }
    (told,) = await history(admin, event_type="deployment.completed", product="shop")
    assert (told["state"], told["last_status"], told["attempts"]) == ("DELIVERED", 204, 1)


async def test_a_dead_letter_is_listed_and_told_again(
    tracker: Tracker, admin: httpx2.AsyncClient, receiver: Receiver
) -> None:
    channel = await add_channel(admin, receiver.url)
    await subscribe(admin, channel, "build.failed")
    event = {"product_name": "shop", "version": "1.2.3", "status": "failed"}
    await tracker.admin.post("/build-events/", json=event)
    receiver.answers = [Answer(500)]
    with pytest.raises(ReceiverAwayError):
        await deliver_all(tracker)
    (pending,) = await history(admin, state="PENDING")
    assert (await admin.post(f"{HISTORY}/{pending['id']}/redeliver")).status_code == 409
    await give_up(tracker.served.core, pending["id"], pending["last_error"])

    (dead,) = await history(admin, state="FAILED")
    again = await admin.post(f"{HISTORY}/{dead['id']}/redeliver")
    await deliver_all(tracker)

    assert (dead["last_error"], dead["last_status"]) == ("the receiver answered 500", 500)
    assert (again.status_code, again.json()["redelivery"]) == (202, 1)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert json.loads(second.body)["environment"] is None
    assert [each["state"] for each in await history(admin)] == ["DELIVERED", "FAILED"]


async def test_the_history_has_pages(tracker: Tracker, admin: httpx2.AsyncClient) -> None:
    channel = await add_channel(admin, "https://receiver.example/")
    await subscribe(admin, channel)
    for number in range(5):
        event = {"product_name": "shop", "version": f"1.2.{number}", "status": "completed"}
        await tracker.admin.post("/build-events/", json=event)
    await fan_out(tracker.served.core)

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await admin.get(f"{HISTORY}/", params={"limit": 2, "cursor": cursor})).json()
        seen += [each["version"] for each in page["notifications"]]
        cursor = page["next_cursor"]

    assert sorted(seen) == [f"1.2.{number}" for number in range(5)]
    assert len(seen) == 5
