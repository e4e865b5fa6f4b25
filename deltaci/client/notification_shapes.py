"""The answers about notifications as the command line reads them; see `deltaci.client.shapes`."""

from typing import Any, TypedDict


class Channel(TypedDict):
    """`deltaci.wire.notifications.ChannelView`."""

    id: str
    name: str
    channel_type: str
    config: dict[str, Any]
    enabled: bool
    created_by: str
    created_at: str
    updated_at: str


class ChannelPage(TypedDict):
    """`deltaci.wire.notifications.ChannelPage`."""

    channels: list[Channel]
    next_cursor: str | None


class TestResult(TypedDict):
    """`deltaci.wire.notifications.TestResult`."""

    delivered: bool
    status: int | None
    error: str | None


class Filters(TypedDict):
    """`deltaci.wire.notifications.Filters`."""

    environments: list[str]
    products: list[str]
    statuses: list[str]


class Preference(TypedDict):
    """`deltaci.wire.notifications.PreferenceView`."""

    id: str
    channel_id: str
    event_type: str
    filters: Filters
    template: str
    created_by: str
    created_at: str


class PreferencePage(TypedDict):
    """`deltaci.wire.notifications.PreferencePage`."""

    preferences: list[Preference]
    next_cursor: str | None


class Notification(TypedDict):
    """`deltaci.wire.notifications.NotificationView`."""

    id: str
    event_type: str
    product: str | None
    version: str | None
    environment: str | None
    status: str | None
    occurred_at: str
    channel_id: str
    channel_name: str
    channel_type: str
    state: str
    redelivery: int
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: str
    updated_at: str
    delivered_at: str | None


class HistoryPage(TypedDict):
    """`deltaci.wire.notifications.HistoryPage`."""

    notifications: list[Notification]
    next_cursor: str | None
