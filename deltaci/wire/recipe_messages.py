"""Deploy recipes over the API. What an engine needs is shown to admins, its secret to nobody."""

from typing import Annotated, Any

from pydantic import Field, SecretStr, StringConstraints

from deltaci.wire.catalog import CatalogId, Reason, Remark, RevisionNumber, Title
from deltaci.wire.recipes import SUMMARY_MAX_LENGTH, EngineType, RecipeSpec, RecipeStatus
from deltaci.wire.values import LenientModel, OmitsAbsent, Timestamp, WireModel

SECRET_MAX_LENGTH = 16_000

Summary = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SUMMARY_MAX_LENGTH)
]
RecipeSecret = Annotated[SecretStr, Field(max_length=SECRET_MAX_LENGTH)]
"""Signs what a webhook is sent, or is the environment of a runner's job as a JSON object."""


class WriteRecipe(LenientModel):
    """`POST /v1/recipes` and `PUT /v1/recipes/{id}`: the whole recipe, but for its secret."""

    id: CatalogId | None = None
    name: Title
    description: Remark | None = None
    engine_type: EngineType
    spec: RecipeSpec = RecipeSpec()
    secret: RecipeSecret | None = None
    """Left out, it stays; empty, it is taken away."""
    effective_behavior_summary: Summary
    status: RecipeStatus = RecipeStatus.ACTIVE
    change_reason: Reason | None = None
    revision: RevisionNumber | None = None
    """An extension: refuse the change unless it is made from this revision."""


class RecipeView(OmitsAbsent):
    """A recipe. `engine_type`, `spec` and `has_secret` are left out for all but admins."""

    id: str
    name: str
    description: str
    engine_type: EngineType | None = None
    spec: dict[str, Any] | None = None
    has_secret: bool | None = None
    recipe_revision: int
    effective_behavior_summary: str
    status: RecipeStatus
    created_by: str
    created_at: Timestamp
    updated_by: str
    updated_at: Timestamp
    last_change_reason: str


class RecipeRevisionView(WireModel):
    """What a recipe said at one revision, its secret aside."""

    recipe_revision: int
    document: dict[str, Any]
    fingerprint: str
    """SHA-256 of the document as canonical JSON (RFC 8785)."""
    changed_by: str
    changed_at: Timestamp
    reason: str
