"""Channels, preferences and the history of notifications (spec Versioner §4)."""

import base64
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from deltaci.notification_states import NotificationState
from deltaci.states import TrackingStatus
from deltaci.wire.values import StrictRequest, Timestamp, WireModel

TEMPLATE_MAX_LENGTH = 2_000
FILTER_MAX_COUNT = 100
ADDRESS_MAX_LENGTH = 2_000

KINDS = ("pending", "started", "completed", "failed", "aborted")
EVENT_TYPES = (
    *(f"build.{kind}" for kind in KINDS),
    *(f"deployment.{kind}" for kind in KINDS),
    "deployment.preflight_failed",
    *(
        f"dr.{kind}"
        for kind in (
            *("created", "activated", "deactivated", "approved"),
            *("rejected", "completed", "cancelled"),
        )
    ),
    "version.approved",
)
"""Everything that a channel can hear of."""
GROUPS = ("*", "build.*", "deployment.*", "dr.*", "version.*")


class ChannelType(StrEnum):
    """How a channel is told."""

    WEBHOOK = "webhook"
    SLACK = "slack_webhook"
    EMAIL = "email"
    APPRISE = "apprise"
    CDEVENTS = "cdevents"


def _web_address(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if scheme.lower() not in {"http", "https"} or not separator or not rest:
        raise ValueError("must be an http or https address")
    if not text.isprintable() or " " in text or "@" in rest.partition("/")[0]:
        raise ValueError("must be a plain address without credentials before its host")
    return text


def _signing_secret(text: str) -> str:
    if text.startswith(WHSEC):
        try:
            key = base64.b64decode(text.removeprefix(WHSEC), validate=True)
        except ValueError:
            key = b""
        if not key:
            raise ValueError("whsec_ must be followed by base64")
    return text


def _known_event(text: str) -> str:
    if text not in EVENT_TYPES and text not in GROUPS:
        raise ValueError(f"must be one of {', '.join((*GROUPS, *EVENT_TYPES))}")
    return text


Address = Annotated[str, StringConstraints(min_length=8, max_length=ADDRESS_MAX_LENGTH)]
WebAddress = Annotated[Address, AfterValidator(_web_address)]
WHSEC = "whsec_"
Secret = Annotated[str, StringConstraints(min_length=8, max_length=500, pattern=r"^[!-~]+$")]


class Config(StrictRequest):
    """Base of channels' configurations; what is refused is never echoed."""

    model_config = ConfigDict(hide_input_in_errors=True)


class WebhookConfig(Config):
    """`webhook`: signed POSTs of JSON."""

    url: WebAddress
    secret: Annotated[Secret, AfterValidator(_signing_secret)] | None = None
    """Signs what is sent: any text, or `whsec_` and base64 as Standard Webhooks has them."""


class SlackConfig(Config):
    """`slack_webhook`: a Slack incoming webhook, or what is compatible with one."""

    webhook_url: WebAddress


class EmailConfig(Config):
    """`email`: one address."""

    address: Annotated[
        str,
        StringConstraints(min_length=3, max_length=254, pattern=r"^[^\s@<>,;:\"]+@[^\s@<>,;:\"]+$"),
    ]


class AppriseConfig(Config):
    """`apprise`: any address of Apprise whose kind the server's settings allow."""

    url: Annotated[Address, StringConstraints(pattern=r"^[a-z]+://[!-~]+$")]


class CdeventsConfig(Config):
    """`cdevents`: CloudEvents over HTTP, to what understands CDEvents."""

    url: WebAddress
    token: Secret | None = None
    """Sent as a bearer token."""


ChannelName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=150, pattern=r"^[^\x00-\x1f]+$"
    ),
]
EventType = Annotated[str, StringConstraints(max_length=60), AfterValidator(_known_event)]
Template = Annotated[str, StringConstraints(max_length=TEMPLATE_MAX_LENGTH)]


class CreateChannel(StrictRequest):
    """`POST /notification-channels/`. What `config` holds depends on `channel_type`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: ChannelName
    channel_type: ChannelType
    config: dict[str, Any]
    enabled: bool = True


class ChangeChannel(StrictRequest):
    """`PATCH /notification-channels/{id}`: what is left out stays as it is."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: ChannelName | None = None
    config: dict[str, Any] | None = None
    """Replaces all of the configuration: what was given before cannot be read back."""
    enabled: bool | None = None


class ChannelView(WireModel):
    """A channel, with as much of its configuration as may be shown."""

    id: str
    name: str
    channel_type: ChannelType
    config: dict[str, Any]
    enabled: bool
    created_by: str
    created_at: Timestamp
    updated_at: Timestamp


class ChannelPage(WireModel):
    """One page of channels by name; `next_cursor` is null on the last."""

    channels: list[ChannelView]
    next_cursor: str | None = None


class TestResult(WireModel):
    """What came of a test message."""

    __test__ = False  # pytest takes the name for a test's

    delivered: bool
    status: int | None
    """What an HTTP receiver answered."""
    error: str | None


Names = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=255)]],
    Field(max_length=FILTER_MAX_COUNT),
]


class Filters(StrictRequest):
    """Narrows an event down; an empty list asks for nothing. `*` at the end stands for any rest."""

    environments: Names = []
    products: Names = []
    statuses: Annotated[list[TrackingStatus], Field(max_length=FILTER_MAX_COUNT)] = []


class CreatePreference(StrictRequest):
    """`POST /notification-preferences/`: what a channel hears of."""

    channel_id: Annotated[str, StringConstraints(min_length=1, max_length=36)]
    event_type: EventType
    """One type, or `build.*`, `deployment.*`, `dr.*`, `version.*` or `*`."""
    filters: Filters = Filters()
    template: Template = ""
    """The text for people, with placeholders such as `{product}`; empty for our own."""


class ChangePreference(StrictRequest):
    """`PATCH /notification-preferences/{id}`: what is left out stays as it is."""

    event_type: EventType | None = None
    filters: Filters | None = None
    template: Template | None = None


class PreferenceView(WireModel):
    """What a channel hears of."""

    id: str
    channel_id: str
    event_type: str
    filters: Filters
    template: str
    created_by: str
    created_at: Timestamp


class PreferencePage(WireModel):
    """One page of preferences, oldest first; `next_cursor` is null on the last."""

    preferences: list[PreferenceView]
    next_cursor: str | None = None


class NotificationView(WireModel):
    """One announcement for one channel, and what became of it."""

    id: str
    event_type: str
    product: str | None
    version: str | None
    environment: str | None
    status: str | None
    occurred_at: Timestamp
    channel_id: str
    channel_name: str
    channel_type: ChannelType
    state: NotificationState
    redelivery: int
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: Timestamp
    updated_at: Timestamp
    delivered_at: Timestamp | None


class HistoryPage(WireModel):
    """One page of notifications, newest first; `next_cursor` is null on the last."""

    notifications: list[NotificationView]
    next_cursor: str | None = None


StateFilter = Literal["PENDING", "DELIVERED", "FAILED", "DROPPED"]
