"""Remove a deploy recipe that nothing refers to, with all its revisions."""

from collections.abc import Sequence
from typing import Any

from deltaci.catalog.errors import NoSuchRecipeError, RecipeInUseError
from deltaci.catalog.recipes.values import subject_of, values_of
from deltaci.catalog.record import record_change
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction
from deltaci.store.deploy_recipes import (
    find_recipe,
    groups_allowing,
    remove_recipe_rows,
    routes_by,
    services_naming,
)

EXAMPLES_MAX = 5


async def remove_recipe(core: Core, author: Author, recipe_id: str) -> None:
    """Remove it. Raises NoSuchRecipeError, and RecipeInUseError with what refers to it."""
    async with core.database.write() as tx:
        row = await find_recipe(tx, recipe_id)
        if row is None:
            raise NoSuchRecipeError
        await _require_unused(tx, recipe_id)
        if not await remove_recipe_rows(tx, row):
            await _require_unused(tx, recipe_id)
            raise RecipeInUseError(recipe_id=recipe_id)
        record_change(tx, core, author, subject_of(recipe_id), values_of(row), None)


async def _require_unused(tx: Transaction, recipe_id: str) -> None:
    """Routes are told before groups, and groups before services."""
    routes = [
        {"service_id": route.service, "environment_id": route.environment}
        for route in await routes_by(tx, recipe_id)
    ]
    groups = [{"delivery_group_id": each} for each in await groups_allowing(tx, recipe_id)]
    services = [{"service_id": each} for each in await services_naming(tx, recipe_id)]
    _refuse_if(recipe_id, "service_environment_routing", routes)
    _refuse_if(recipe_id, "delivery_group_allowed_recipes", groups)
    _refuse_if(recipe_id, "service_allowed_recipes", services)


def _refuse_if(recipe_id: str, kind: str, references: Sequence[dict[str, Any]]) -> None:
    if references:
        raise RecipeInUseError(
            recipe_id=recipe_id,
            reference_type=kind,
            reference_count=len(references),
            references=references[:EXAMPLES_MAX],
        )
