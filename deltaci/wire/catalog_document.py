"""The catalog as one document: what it names becomes so, what it leaves out stays as it is."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from deltaci.wire.builds import Address, Line
from deltaci.wire.catalog import CatalogId, EnvironmentType, LifecycleState, Remark, Title
from deltaci.wire.groups import Names, Owner, Place
from deltaci.wire.guardrails import Guardrails
from deltaci.wire.recipe_messages import RecipeSecret, Summary
from deltaci.wire.recipes import EngineType, RecipeSpec, RecipeStatus
from deltaci.wire.values import StrictRequest, WireModel

ENTRIES_MAX = 1000

ServiceName = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
]
EnvironmentName = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00/]+$")
]
Flag = Annotated[bool, Field(strict=True)]


class Entry(StrictRequest):
    """What the document says of one thing; in YAML, a name with nothing behind it says nothing."""

    @model_validator(mode="before")
    @classmethod
    def _nothing(cls, entry: Any) -> Any:
        return {} if entry is None else entry


class ServiceEntry(Entry):
    """A service. Routes that are listed are all that it has afterwards."""

    description: Annotated[str, StringConstraints(max_length=500)] = ""
    allowed_artifact_sources: Annotated[list[Address], Field(max_length=100)] = []
    allowed_repositories: Annotated[list[Line], Field(max_length=100)] = []
    """Repositories whose builds it takes; empty means any."""
    allowed_recipes: Names | None = None
    """Recipes that can deploy it; null means any."""
    routes: Annotated[dict[EnvironmentName, CatalogId], Field(max_length=ENTRIES_MAX)] = {}
    """The recipe by which it is deployed to each environment."""


class EnvironmentEntry(Entry):
    """An environment; of a new one whose type is left out, its name tells it."""

    display_name: Title = ""
    type: EnvironmentType = EnvironmentType.OTHER
    lifecycle_state: LifecycleState = LifecycleState.ACTIVE
    description: Remark = ""


class RecipeEntry(Entry):
    """A deploy recipe; a new one needs a name, an engine and a summary."""

    name: Title = ""
    description: Remark = ""
    engine_type: EngineType = EngineType.NOOP
    spec: RecipeSpec = RecipeSpec()
    effective_behavior_summary: Summary = ""
    status: RecipeStatus = RecipeStatus.ACTIVE
    secret: RecipeSecret | None = None
    """Left out, it stays; empty, it is taken away. It is never shown."""


class BindingEntry(Entry):
    """What a group may do in an environment."""

    is_enabled: Flag = True
    order_index: Place = 0
    guardrails: Guardrails = Guardrails()


class GroupEntry(Entry):
    """A delivery group. Environments that are listed are all that it is bound to afterwards."""

    name: Title = ""
    description: Remark = ""
    owner: Owner = ""
    services: Names = []
    allowed_environments: Names | None = None
    allowed_recipes: Names = []
    guardrails: Guardrails = Guardrails()
    environments: Annotated[dict[EnvironmentName, BindingEntry], Field(max_length=ENTRIES_MAX)] = {}


Entries = Field(max_length=ENTRIES_MAX)


class CatalogDocument(StrictRequest):
    """`PUT /v1/catalog`, an extension: services, environments, recipes and groups by their ids."""

    services: Annotated[dict[ServiceName, ServiceEntry], Entries] = {}
    environments: Annotated[dict[EnvironmentName, EnvironmentEntry], Entries] = {}
    recipes: Annotated[dict[CatalogId, RecipeEntry], Entries] = {}
    groups: Annotated[dict[CatalogId, GroupEntry], Entries] = {}


class CatalogView(WireModel):
    """`GET /v1/catalog`, an extension: everything, so that applying it changes nothing.

    Secrets are not in it: what is left out stays.
    """

    services: dict[str, dict[str, Any]]
    environments: dict[str, dict[str, Any]]
    recipes: dict[str, dict[str, Any]]
    groups: dict[str, dict[str, Any]]


class CatalogChange(WireModel):
    """One key that differs, by its path in the document; null where it is not there."""

    path: str
    before: Any
    after: Any


class CatalogDifference(WireModel):
    """What applying a document changes; nothing twice."""

    changes: list[CatalogChange]
    applied: bool
