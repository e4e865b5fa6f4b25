"""The catalog's words: environments and how they live."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from deltaci.wire.values import LenientModel, Timestamp, WireModel

ENVIRONMENT_ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"

CatalogId = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
"""Of a delivery group or a recipe."""
EnvironmentId = Annotated[str, StringConstraints(max_length=100, pattern=ENVIRONMENT_ID_PATTERN)]
"""Of an environment that somebody adds; those that events make known may be named otherwise."""
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
RevisionNumber = Annotated[int, Field(strict=True, ge=1, lt=2**31)]


class EnvironmentType(StrEnum):
    """What an environment is for; the order is that of promotions."""

    DEV = "dev"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"
    OTHER = "other"


class ContractType(StrEnum):
    """What the DXCP contract tells of that: production or not."""

    NON_PROD = "non_prod"
    PROD = "prod"


class LifecycleState(StrEnum):
    """Whether an environment can be deployed to."""

    ACTIVE = "active"
    DISABLED = "disabled"
    RETIRED = "retired"


class ChangeEnvironment(LenientModel):
    """`PATCH /v1/environments/{id}`: what is left out stays as it is."""

    display_name: Title | None = None
    type: ContractType | EnvironmentType | None = None
    kind: EnvironmentType | None = None
    """An extension: what exactly it is for, when `type` only tells whether it is production."""
    lifecycle_state: LifecycleState | None = None
    is_enabled: Annotated[bool, Field(strict=True)] | None = None
    """Another way to say active or disabled; `lifecycle_state` counts before it."""
    description: Remark | None = None
    change_reason: Reason | None = None
    revision: RevisionNumber | None = None
    """An extension: refuse the change unless it is made from this revision."""


class AddEnvironment(ChangeEnvironment):
    """`POST /v1/environments`. Its id may be called `environment_id`, `id` or `name`."""

    environment_id: EnvironmentId | None = None
    id: EnvironmentId | None = None
    name: EnvironmentId | None = None


class EnvironmentView(WireModel):
    """An environment. `name` is its `id`."""

    id: str
    name: str
    display_name: str
    type: ContractType
    kind: EnvironmentType
    lifecycle_state: LifecycleState
    is_enabled: bool
    description: str
    revision: int
    created_at: Timestamp
    updated_at: Timestamp
