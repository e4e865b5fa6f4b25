"""Forges over the API: webhooks, their deliveries and secrets."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from deltaci.states import RunState
from deltaci.wire.values import OmitsAbsent, StrictRequest, Timestamp, WireModel


class Provider(StrEnum):
    """The forges that we speak with."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    BITBUCKET = "bitbucket"


class DeliveryOutcome(StrEnum):
    """What became of a webhook delivery."""

    RUN_CREATED = "RUN_CREATED"
    DUPLICATE = "DUPLICATE"
    """Its run existed already."""
    COMMAND = "COMMAND"
    """A comment that may be a command; who wrote it is asked of the forge."""
    IGNORED = "IGNORED"
    REJECTED = "REJECTED"
    """Signed, but not understood."""


FullName = Annotated[
    str,
    StringConstraints(
        min_length=3, max_length=200, pattern=r"^[A-Za-z0-9_.~][\w.~-]*(/[\w.~-]+)+$"
    ),
]
Secret = Annotated[SecretStr, Field(min_length=8, max_length=500)]


class WebhookAccepted(OmitsAbsent):
    """The delivery is stored. `run_id` and `state` are there when it is for a run."""

    outcome: DeliveryOutcome
    run_id: str | None = None
    state: RunState | None = None
    reason: str | None = None
    """Why nothing follows from it."""


class DeliveryView(WireModel):
    """One webhook delivery as it was kept; its signature and token are not."""

    id: str
    provider: Provider
    delivery_id: str
    """The forge's id."""
    event: str
    full_name: str
    repo_id: str | None
    ref: str
    commit_sha: str
    pr_number: int | None
    outcome: DeliveryOutcome
    reason: str
    run_id: str | None
    redelivery_of: str | None
    receipts: int
    """How often this same delivery was received."""
    received_at: Timestamp
    last_received_at: Timestamp


class DeliveryPage(WireModel):
    """One page of deliveries, newest first; `next_cursor` is null on the last."""

    deliveries: list[DeliveryView]
    next_cursor: str | None = None


class AddWebhookSecret(StrictRequest):
    """`POST /api/v1/webhooks/secrets`: another active secret for a repository's webhook."""

    repo_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    secret: Secret


class WebhookSecretView(WireModel):
    """An active secret; what it is is shown to nobody."""

    id: int
    repo_id: str
    created_by: str
    created_at: Timestamp


class WebhookSecretList(WireModel):
    """The active secrets of one repository's webhook, oldest first."""

    secrets: list[WebhookSecretView]
