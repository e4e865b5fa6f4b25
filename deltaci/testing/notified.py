"""Setting notifications up over HTTP, and delivering them in process as a worker would."""

import itertools
from typing import Any, cast

import httpx2

from deltaci.notifications.deliver import deliver
from deltaci.notifications.fan_out import fan_out
from deltaci.testing.tracker import Tracker

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the specification's example
CHANNELS, PREFERENCES = "/notification-channels", "/notification-preferences"
HISTORY = "/notification-history"
_numbers = itertools.count(1)


async def add_channel(admin: httpx2.AsyncClient, url: str, **changes: Any) -> dict[str, Any]:
    """Add a signed webhook of a name that no other has."""
    body = {
        "name": f"hooks-{next(_numbers)}",
        "channel_type": "webhook",
        "config": {"url": url, "secret": SECRET},
    }
    answer = await admin.post(f"{CHANNELS}/", json=body | changes)
    assert answer.status_code == 201, answer.text  # noqa: S101, PLR2004 - tests rely on it
    added: dict[str, Any] = answer.json()
    return added


async def subscribe(
    admin: httpx2.AsyncClient, channel: dict[str, Any], event_type: str = "*", **filters: Any
) -> dict[str, Any]:
    """Let the channel hear of events."""
    body = {"channel_id": channel["id"], "event_type": event_type, "filters": filters}
    answer = await admin.post(f"{PREFERENCES}/", json=body)
    assert answer.status_code == 201, answer.text  # noqa: S101, PLR2004 - tests rely on it
    added: dict[str, Any] = answer.json()
    return added


async def history(admin: httpx2.AsyncClient, **wanted: Any) -> list[dict[str, Any]]:
    """Read one page of the history."""
    answer = await admin.get(f"{HISTORY}/", params=wanted)
    assert answer.status_code == 200, answer.text  # noqa: S101, PLR2004 - tests rely on it
    found: list[dict[str, Any]] = answer.json()["notifications"]
    return found


async def deliver_all(tracker: Tracker) -> None:
    """Do what the worker does, in order."""
    core, senders = tracker.served.core, cast("Any", tracker.served.app).state.parts.senders
    await fan_out(core)
    for each in reversed(await history(tracker.admin, state="PENDING")):
        await deliver(core, senders, each["id"])
