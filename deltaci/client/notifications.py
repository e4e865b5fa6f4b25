"""Notifications over HTTP: channels, what they hear of, and what became of it."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from deltaci.client.notification_shapes import (
    Channel,
    ChannelPage,
    HistoryPage,
    Notification,
    Preference,
    PreferencePage,
    TestResult,
)
from deltaci.client.transport import Request, Transport, segment

CHANNELS = "/notification-channels/"
PREFERENCES = "/notification-preferences/"
HISTORY = "/notification-history/"


class Notifications:
    """Set channels up (roles `delivery_owner` and `admin`), and look at what they were told."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add_channel(self, name: str, channel_type: str, config: Mapping[str, str]) -> Channel:
        """Add a channel."""
        body = {"name": name, "channel_type": channel_type, "config": dict(config)}
        return cast("Channel", self._transport.fetch(Request("POST", CHANNELS, body=body)))

    def channels(self) -> Iterator[Channel]:
        """Every channel by name."""
        cursor: str | None = ""
        while cursor is not None:
            request = Request("GET", CHANNELS, {"cursor": cursor})
            page = cast("ChannelPage", self._transport.fetch(request))
            yield from page["channels"]
            cursor = page["next_cursor"]

    def channel_id(self, name: str) -> str:
        """Return the id of the channel of that name; what is no name is taken for an id."""
        return next((each["id"] for each in self.channels() if each["name"] == name), name)

    def remove_channel(self, channel_id: str) -> None:
        """Delete a channel with what it hears of."""
        self._transport.download(Request("DELETE", CHANNELS + segment(channel_id)))

    def try_channel(self, channel_id: str) -> TestResult:
        """Have a test message sent."""
        path = f"{CHANNELS}{segment(channel_id)}/test"
        return cast("TestResult", self._transport.fetch(Request("POST", path)))

    def subscribe(
        self, channel_id: str, event_type: str, filters: Mapping[str, Any], template: str = ""
    ) -> Preference:
        """Let a channel hear of events."""
        body = {
            "channel_id": channel_id,
            "event_type": event_type,
            "filters": dict(filters),
            "template": template,
        }
        return cast("Preference", self._transport.fetch(Request("POST", PREFERENCES, body=body)))

    def subscriptions(self, channel_id: str = "") -> Iterator[Preference]:
        """What one channel hears of, or all of them, oldest first."""
        cursor: str | None = ""
        while cursor is not None:
            query = {"channel_id": channel_id, "cursor": cursor}
            request = Request("GET", PREFERENCES, query)
            page = cast("PreferencePage", self._transport.fetch(request))
            yield from page["preferences"]
            cursor = page["next_cursor"]

    def unsubscribe(self, preference_id: str) -> None:
        """Let a channel hear of something no more."""
        self._transport.download(Request("DELETE", PREFERENCES + segment(preference_id)))

    def history(
        self, filters: Mapping[str, str], *, limit: int = 20, cursor: str = ""
    ) -> HistoryPage:
        """One page, newest first; empty filters match all."""
        request = Request("GET", HISTORY, {**filters, "limit": limit, "cursor": cursor})
        return cast("HistoryPage", self._transport.fetch(request))

    def redeliver(self, notification_id: str) -> Notification:
        """Have something told again."""
        path = f"{HISTORY}{segment(notification_id)}/redeliver"
        return cast("Notification", self._transport.fetch(Request("POST", path)))
