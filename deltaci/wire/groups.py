"""Delivery groups: services of one owner, where they may go, and under which guardrails."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from deltaci.wire.catalog import (
    CatalogId,
    ContractType,
    LifecycleState,
    Reason,
    Remark,
    RevisionNumber,
    Title,
)
from deltaci.wire.guardrails import EffectiveGuardrails, Guardrails
from deltaci.wire.values import LenientModel, Timestamp, WireModel

NAMES_MAX = 1000
OWNERS_MAX = 100
ORDER_MAX = 10_000


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise ValueError("a name is there twice")
    return names


def _addresses(owner: str) -> str:
    """Owners are compared in lower case: that is how they are kept."""
    addresses = [address.strip().lower() for address in owner.split(",")] if owner else []
    if len(addresses) > OWNERS_MAX:
        raise ValueError(f"more than {OWNERS_MAX} addresses")
    for address in addresses:
        user, at, host = address.rpartition("@")
        if not (user and at and host) or not address.isprintable() or " " in address:
            raise ValueError("not e-mail addresses, separated by commas")
    return ",".join(addresses)


AName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Names = Annotated[list[AName], Field(max_length=NAMES_MAX), AfterValidator(_each_once)]
Owner = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000),
    AfterValidator(_addresses),
]
"""E-mail addresses, separated by commas; empty is nobody's."""
Place = Annotated[int, Field(strict=True, ge=0, le=ORDER_MAX)]


class WriteGroup(LenientModel):
    """`POST /v1/delivery-groups` and `PUT /v1/delivery-groups/{id}`: the whole group."""

    id: CatalogId | None = None
    name: Title
    description: Remark | None = None
    owner: Owner | None = None
    services: Names = []
    allowed_environments: Names | None = None
    """Null means any; left out of a change, it stays as it is."""
    allowed_recipes: Names = []
    guardrails: Guardrails | None = None
    change_reason: Reason | None = None
    revision: RevisionNumber | None = None
    """An extension: refuse the change unless it is made from this revision."""


class GroupView(WireModel):
    """A delivery group; its guardrails with the defaults where it sets none."""

    id: str
    name: str
    description: str
    owner: str
    services: list[str]
    allowed_environments: list[str] | None
    allowed_recipes: list[str]
    guardrails: EffectiveGuardrails
    revision: int
    created_by: str
    created_at: Timestamp
    updated_by: str
    updated_at: Timestamp
    last_change_reason: str


class WriteBinding(LenientModel):
    """`PUT` or `PATCH …/delivery-groups/{dg}/environments/{env}`: what is left out stays."""

    is_enabled: Annotated[bool, Field(strict=True)] | None = None
    order_index: Place | None = None
    guardrails: Guardrails | None = None
    """An extension: what counts in this environment before the group's own."""
    change_reason: Reason | None = None
    revision: RevisionNumber | None = None
    """An extension: refuse the change unless it is made from this revision."""


class BindingView(WireModel):
    """What a group may do in an environment; only those guardrails that it sets itself."""

    delivery_group_id: str
    environment_id: str
    is_enabled: bool
    order_index: int
    guardrails: Guardrails
    revision: int
    updated_by: str
    updated_at: Timestamp


class WriteRoute(LenientModel):
    """`PUT` or `PATCH /v1/admin/services/{service}/environments/{env}`."""

    recipe_id: CatalogId
    change_reason: Reason | None = None
    revision: RevisionNumber | None = None
    """An extension: refuse the change unless it is made from this revision."""


class RouteView(WireModel):
    """An environment, and the recipe by which a service is deployed to it, or null."""

    service_id: str
    environment_id: str
    display_name: str
    type: ContractType
    lifecycle_state: LifecycleState
    is_enabled: bool
    recipe_id: str | None
    revision: int | None
    """The route's; null without one."""


class MessageType(StrEnum):
    """How much a message weighs; OK is for a preview without any."""

    OK = "OK"
    WARNING = "WARNING"
    ERROR = "ERROR"


class PreviewMessage(WireModel):
    """What is wrong with a field, or surprising about it."""

    type: MessageType
    field: str
    message: str


class GuardrailsPreview(WireModel):
    """`POST /v1/admin/guardrails/validate`: what would be said of a group or recipe as sent."""

    validation_status: MessageType
    messages: list[PreviewMessage]
