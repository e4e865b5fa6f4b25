"""Reading and writing deploy recipes, each of their revisions, and what refers to them."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from deltaci.store.database import Transaction
from deltaci.store.revisions import remove_row
from deltaci.store.tables import DeliveryGroup, DeployRecipe, DeployRecipeRevision, Product, Route


async def find_recipe(tx: Transaction, recipe_id: str) -> DeployRecipe | None:
    """Read a recipe."""
    return await tx.get(DeployRecipe, recipe_id, populate_existing=True)


async def all_recipes(tx: Transaction) -> Sequence[DeployRecipe]:
    """Read all recipes by id."""
    return (await tx.scalars(select(DeployRecipe).order_by(DeployRecipe.id))).all()


def keep_revision(tx: Transaction, revision: DeployRecipeRevision) -> None:
    """Keep what a recipe says from now on."""
    tx.add(revision)


async def revisions_of(
    tx: Transaction, recipe_id: str, *, limit: int, before: int | None = None
) -> Sequence[DeployRecipeRevision]:
    """Read what a recipe said, the newest first, of revisions before this one."""
    row = DeployRecipeRevision
    statement = select(row).where(row.recipe_id == recipe_id)
    if before is not None:
        statement = statement.where(row.revision < before)
    return (await tx.scalars(statement.order_by(row.revision.desc()).limit(limit))).all()


async def remove_recipe_rows(tx: Transaction, recipe: DeployRecipe) -> bool:
    """Delete a recipe and its revisions; False when it was changed, or is referred to."""
    revisions = delete(DeployRecipeRevision).where(DeployRecipeRevision.recipe_id == recipe.id)
    await tx.execute(revisions)
    return await remove_row(tx, recipe)


async def routes_by(tx: Transaction, recipe_id: str) -> Sequence[Route]:
    """Read the routes that lead to a recipe."""
    statement = select(Route).where(Route.recipe_id == recipe_id)
    return (await tx.scalars(statement.order_by(Route.service, Route.environment))).all()


async def groups_allowing(tx: Transaction, recipe_id: str) -> Sequence[str]:
    """Read the groups that list a recipe."""
    row = DeliveryGroup
    found = await tx.execute(select(row.id, row.allowed_recipes).order_by(row.id))
    return [group_id for group_id, allowed in found if recipe_id in allowed]


async def services_naming(tx: Transaction, recipe_id: str) -> Sequence[str]:
    """Read the services that list a recipe as one that can deploy them."""
    row = Product
    statement = select(row.id, row.compatible_recipes).where(row.compatible_recipes.is_not(None))
    found = await tx.execute(statement.order_by(row.id))
    return [service for service, recipes in found if recipe_id in recipes]
