"""Channels and preferences over HTTP: what may be set up, by whom, and what is never shown."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from deltaci.identity.roles import Role
from deltaci.store.tables import AuditEvent, NotificationChannel
from deltaci.testing.http_stub import Answer
from deltaci.testing.notified import (
    CHANNELS,
    HISTORY,
    PREFERENCES,
    SECRET,
    add_channel,
    history,
    subscribe,
)
from deltaci.testing.receiver import Receiver, receiving
from deltaci.testing.row_reader import RowReader
from deltaci.testing.tracker import Tracker


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


async def test_a_channel_is_added_read_changed_and_deleted(
    admin: httpx2.AsyncClient,
) -> None:
    channel = await add_channel(admin, "https://receiver.example/hooks/path-secret")
    path = f"{CHANNELS}/{channel['id']}"

    assert (await admin.get(path)).json() == channel
    listed = (await admin.get(f"{CHANNELS}/")).json()
    assert [each["id"] for each in listed["channels"]] == [channel["id"]]
    changed = await admin.patch(path, json={"enabled": False})
    assert (changed.status_code, changed.json()["enabled"]) == (200, False)
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404
    assert (await admin.delete(path)).status_code == 404
    again = await add_channel(admin, "https://receiver.example/", name=channel["name"])
    assert again["id"] != channel["id"]


async def test_a_configuration_is_sealed_and_only_masked_parts_are_shown(
    tracker: Tracker, admin: httpx2.AsyncClient
) -> None:
    url = "https://receiver.example/hooks/path-secret?token=query-secret"
    channel = await add_channel(admin, url)
    replaced = await admin.patch(
        f"{CHANNELS}/{channel['id']}",
        json={"config": {"url": url, "secret": "another-secret-value"}},
    )

    assert channel["config"] == {"url": "https://receiver.example/…", "has_secret": True}
    row = await RowReader(tracker.served.core).one(NotificationChannel)
    events = await RowReader(tracker.served.core).all(AuditEvent)
    everything = "".join(
        [
            json.dumps(channel),
            replaced.text,
            (await admin.get(f"{CHANNELS}/")).text,
            repr(row.sealed_config),
            json.dumps(row.shown_config),
            json.dumps([event.details for event in events]),
        ]
    )
    for secret in ("path-secret", "query-secret", SECRET, "another-secret-value"):
        assert secret not in everything


@pytest.mark.parametrize(
    ("channel_type", "config"),
    [
        ("webhook", {"url": "ftp://secret.example/"}),
        ("webhook", {"url": "https://user:hunter2secret@receiver.example/"}),
        ("webhook", {"url": "https://receiver.example/", "secret": "hunter2"}),
        ("webhook", {"url": "https://receiver.example/", "secret": "whsec_hunter2secret!"}),
        ("webhook", {"url": "https://receiver.example/", "hunter2secret": 1}),
        ("webhook", {}),
        ("slack_webhook", {"url": "https://receiver.example/hunter2secret"}),
        ("email", {"address": "hunter2secret@example.org"}),
        ("apprise", {"url": "json://hunter2secret.example/"}),
        ("apprise", {"url": "syslog://hunter2secret"}),
        ("telepathy", {"url": "https://receiver.example/hunter2secret"}),
    ],
)
async def test_a_wrong_configuration_is_refused_without_an_echo(
    admin: httpx2.AsyncClient, channel_type: str, config: dict[str, Any]
) -> None:
    body = {"name": "wrong", "channel_type": channel_type, "config": config}

    answer = await admin.post(f"{CHANNELS}/", json=body)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["msg"]
    assert "user:hunter2" not in answer.text
    assert all(str(value) not in answer.text for value in config.values() if value != 1)


async def test_two_channels_of_one_name_are_a_conflict(admin: httpx2.AsyncClient) -> None:
    channel = await add_channel(admin, "https://receiver.example/")
    other = await add_channel(admin, "https://receiver.example/")
    body = {
        "name": channel["name"],
        "channel_type": "webhook",
        "config": {"url": "https://receiver.example/"},
    }

    assert (await admin.post(f"{CHANNELS}/", json=body)).status_code == 409
    renamed = await admin.patch(f"{CHANNELS}/{other['id']}", json={"name": channel["name"]})
    assert renamed.status_code == 409


async def test_a_preference_is_added_read_changed_and_removed(
    admin: httpx2.AsyncClient,
) -> None:
    channel = await add_channel(admin, "https://receiver.example/")
    added = await subscribe(admin, channel, "deployment.failed", environments=["prod*"])
    path = f"{PREFERENCES}/{added['id']}"

    assert added["filters"] == {"environments": ["prod*"], "products": [], "statuses": []}
    assert (await admin.get(path)).json() == added
    changed = await admin.patch(path, json={"template": "{product} is broken"})
    assert changed.json()["template"] == "{product} is broken"
    listed = await admin.get(f"{PREFERENCES}/", params={"channel_id": channel["id"]})
    assert [each["id"] for each in listed.json()["preferences"]] == [added["id"]]
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"event_type": "version.started"},
        {"template": "{product.__class__}{passwords}"},
        {"template": "x" * 2_001},
        {"filters": {"statuses": ["done"]}},
        {"filters": {"products": ["x"] * 101}},
    ],
)
async def test_a_preference_that_makes_no_sense_is_refused(
    admin: httpx2.AsyncClient, changes: dict[str, Any]
) -> None:
    channel = await add_channel(admin, "https://receiver.example/")
    body = {"channel_id": channel["id"], "event_type": "*"} | changes

    assert (await admin.post(f"{PREFERENCES}/", json=body)).status_code == 422


async def test_only_those_who_govern_may_change_anything(
    tracker: Tracker, admin: httpx2.AsyncClient
) -> None:
    channel = await add_channel(admin, "https://receiver.example/")
    developer = tracker.served.caller(Role.DEVELOPER)
    nobody = tracker.served.caller()
    calls = [
        ("POST", f"{CHANNELS}/"),
        ("PATCH", f"{CHANNELS}/{channel['id']}"),
        ("DELETE", f"{CHANNELS}/{channel['id']}"),
        ("POST", f"{CHANNELS}/{channel['id']}/test"),
        ("POST", f"{PREFERENCES}/"),
        ("POST", f"{HISTORY}/ntf_1/redeliver"),
    ]
    for method, path in calls:
        assert (await developer.request(method, path, json={})).status_code == 403
        assert (await nobody.request(method, path, json={})).status_code == 401
    assert (await developer.get(f"{CHANNELS}/")).status_code == 200
    assert (await developer.get(f"{HISTORY}/")).status_code == 200


async def test_a_test_message_tells_what_came_of_it(
    admin: httpx2.AsyncClient, receiver: Receiver
) -> None:
    channel = await add_channel(admin, receiver.url)
    receiver.answers = [Answer(200), Answer(403)]

    answers = [await admin.post(f"{CHANNELS}/{channel['id']}/test") for _ in range(2)]

    assert [answer.json() for answer in answers] == [
        {"delivered": True, "status": 200, "error": None},
        {"delivered": False, "status": 403, "error": "the receiver answered 403"},
    ]
    assert await history(admin) == []


async def test_a_test_message_leads_nowhere_inside(
    admin: httpx2.AsyncClient, receiver: Receiver
) -> None:
    channel = await add_channel(admin, receiver.url.replace("127.0.0.1", "localhost"))

    answer = await admin.post(f"{CHANNELS}/{channel['id']}/test")

    assert answer.json()["delivered"] is False
    assert "public addresses" in answer.json()["error"]
    assert receiver.received == []
