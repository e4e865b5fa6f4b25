"""Deploy recipes: how deployments are carried out."""

from fastapi import APIRouter, Response, status

from api.answers import Cursor, IdempotencyKey
from api.routers.dxcp.access import CanAsk, CanConfigure, CanInspect, author
from api.routers.dxcp.answers import refusals
from api.routers.dxcp.catalog_pages import (
    CATALOG_PAGE_MAX,
    PAGED,
    CatalogLimit,
    RecipeName,
    told,
)
from api.routers.dxcp.named_faults import naming_faults
from api.state import TheCore
from deltaci.catalog import errors
from deltaci.catalog.recipes.add import add_recipe
from deltaci.catalog.recipes.read import list_recipes, list_revisions, read_recipe
from deltaci.catalog.recipes.remove import remove_recipe
from deltaci.catalog.recipes.replace import replace_recipe
from deltaci.wire.recipe_messages import RecipeRevisionView, RecipeView, WriteRecipe

WRONG = {"status": errors.InvalidRecipeStatusError}
BLANK = {
    "id": errors.RecipeIdRequiredError,
    "name": errors.RecipeNameRequiredError,
    "effective_behavior_summary": errors.RecipeBehaviorRequiredError,
}

router = APIRouter(
    prefix="/v1", tags=["catalog"], route_class=naming_faults({**WRONG, **BLANK}, WRONG)
)


@router.get("/recipes", responses={**refusals(), **PAGED}, response_model_exclude_none=True)
async def list_(
    core: TheCore,
    caller: CanAsk,
    response: Response,
    limit: CatalogLimit = CATALOG_PAGE_MAX,
    cursor: Cursor = "",
) -> list[RecipeView]:
    """List recipes by id; what their engines need is shown to admins."""
    return told(response, await list_recipes(core, caller, limit=limit, cursor=cursor))


@router.post("/recipes", responses=refusals(409, 413))
async def add(
    core: TheCore, caller: CanConfigure, request: WriteRecipe, key: IdempotencyKey = None
) -> RecipeView:
    """Add a recipe. Its secret is stored sealed, and shown to nobody."""
    return await add_recipe(core, author(caller, request.change_reason), request, key)


@router.get("/recipes/{recipe_id}", responses=refusals(404))
async def read(core: TheCore, caller: CanAsk, recipe_id: RecipeName) -> RecipeView:
    """Read a recipe; what its engine needs is shown to admins."""
    return await read_recipe(core, caller, recipe_id)


@router.put("/recipes/{recipe_id}", responses=refusals(404, 409, 413))
async def replace(
    core: TheCore, caller: CanConfigure, recipe_id: RecipeName, request: WriteRecipe
) -> RecipeView:
    """Replace a recipe by its next revision; a secret that is left out stays."""
    return await replace_recipe(core, author(caller, request.change_reason), recipe_id, request)


@router.get("/recipes/{recipe_id}/revisions", responses={**refusals(404), **PAGED})
async def revisions(
    core: TheCore,
    _caller: CanInspect,
    response: Response,
    recipe_id: RecipeName,
    limit: CatalogLimit = CATALOG_PAGE_MAX,
    cursor: Cursor = "",
) -> list[RecipeRevisionView]:
    """List what a recipe said, the newest first."""
    return told(response, await list_revisions(core, recipe_id, limit=limit, cursor=cursor))


@router.delete(
    "/admin/recipes/{recipe_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=refusals(404, 409),
)
async def remove(core: TheCore, caller: CanConfigure, recipe_id: RecipeName) -> None:
    """Remove a recipe that nothing refers to, with all its revisions."""
    await remove_recipe(core, author(caller), recipe_id)
