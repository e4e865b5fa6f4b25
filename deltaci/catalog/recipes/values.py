"""What can be said of a deploy recipe, and how it is told."""

import hashlib
from typing import Any

import rfc8785

from deltaci.catalog.changes import Values
from deltaci.catalog.record import Subject
from deltaci.store.tables import DeployRecipe, DeployRecipeRevision
from deltaci.wire.recipe_messages import RecipeRevisionView, RecipeView, WriteRecipe
from deltaci.wire.recipes import ENGINE_SETTINGS, EngineType, RecipeSpec, RecipeStatus

COLUMNS = (
    *("name", "description", "engine_type", "spec"),
    *("effective_behavior_summary", "status"),
)


def values_of(row: DeployRecipe) -> Values:
    """Return what somebody has said of a recipe, its secret aside."""
    return {name: getattr(row, name) for name in COLUMNS}


def requested(request: WriteRecipe) -> Values:
    """Return the values that a request asks for; its engine's settings have been checked."""
    return {
        "name": request.name,
        "description": request.description or "",
        "engine_type": request.engine_type.value,
        "spec": spec_as_stored(request.engine_type, request.spec),
        "effective_behavior_summary": request.effective_behavior_summary,
        "status": request.status.value,
    }


def spec_as_stored(engine_type: EngineType, spec: RecipeSpec) -> Values:
    """Write out every setting, those that were left out with their defaults."""
    engine = ENGINE_SETTINGS[engine_type].model_validate(spec.engine)
    return spec.model_dump(mode="json") | {"engine": engine.model_dump(mode="json")}


def revision_of(row: DeployRecipe) -> DeployRecipeRevision:
    """Return what is kept of a recipe as it is now."""
    document = values_of(row) | {"has_secret": row.sealed_secret is not None}
    return DeployRecipeRevision(
        recipe_id=row.id,
        revision=row.revision,
        document=document,
        fingerprint=hashlib.sha256(rfc8785.dumps(document)).hexdigest(),
        changed_by=row.updated_by,
        changed_at=row.updated_at,
        reason=row.last_change_reason,
    )


def view_of(row: DeployRecipe, *, in_full: bool) -> RecipeView:
    """Show a recipe; what its engine needs only in full."""
    engine: dict[str, Any] = {
        "engine_type": EngineType(row.engine_type),
        "spec": row.spec,
        "has_secret": row.sealed_secret is not None,
    }
    return RecipeView(
        id=row.id,
        name=row.name,
        description=row.description,
        recipe_revision=row.revision,
        effective_behavior_summary=row.effective_behavior_summary,
        status=RecipeStatus(row.status),
        created_by=row.created_by,
        created_at=row.created_at,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
        last_change_reason=row.last_change_reason,
        **(engine if in_full else {}),
    )


def view_of_revision(row: DeployRecipeRevision) -> RecipeRevisionView:
    """Show what a recipe said at one revision."""
    return RecipeRevisionView(
        recipe_revision=row.revision,
        document=row.document,
        fingerprint=row.fingerprint,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        reason=row.reason,
    )


def subject_of(recipe_id: str) -> Subject:
    """Name a recipe in audit events."""
    return Subject("recipe", recipe_id)
