"""Read deploy recipes, and what they said before."""

from deltaci.catalog.errors import NoSuchRecipeError
from deltaci.catalog.recipes.values import view_of, view_of_revision
from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.governance.roles import contract_roles
from deltaci.identity.principal import Principal
from deltaci.store.deploy_recipes import find_recipe, revisions_of
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.revisions import page_of
from deltaci.store.tables import DeployRecipe
from deltaci.wire.governance import ContractRole
from deltaci.wire.recipe_messages import RecipeRevisionView, RecipeView

DIGITS_MAX = 9


async def list_recipes(
    core: Core, caller: Principal, *, limit: int, cursor: str
) -> tuple[list[RecipeView], str | None]:
    """Read one page by id, and the cursor of the next page if there is one."""
    async with core.database.read() as tx:
        rows, following = await page_of(tx, DeployRecipe, limit=limit, cursor=cursor)
    return [view_of(row, in_full=_sees_all(caller)) for row in rows], following


async def read_recipe(core: Core, caller: Principal, recipe_id: str) -> RecipeView:
    """Read one. Raises NoSuchRecipeError."""
    async with core.database.read() as tx:
        row = await find_recipe(tx, recipe_id)
    if row is None:
        raise NoSuchRecipeError
    return view_of(row, in_full=_sees_all(caller))


async def list_revisions(
    core: Core, recipe_id: str, *, limit: int, cursor: str
) -> tuple[list[RecipeRevisionView], str | None]:
    """Read one page of what a recipe said, the newest first. Raises NoSuchRecipeError."""
    before = _revision(cursor) if cursor else None
    async with core.database.read() as tx:
        if await find_recipe(tx, recipe_id) is None:
            raise NoSuchRecipeError
        rows = await revisions_of(tx, recipe_id, limit=limit + 1, before=before)
    page = [view_of_revision(row) for row in rows[:limit]]
    following = encode_cursor(str(page[-1].recipe_revision)) if len(rows) > limit else None
    return page, following


def _sees_all(caller: Principal) -> bool:
    return contract_roles(caller.roles)[:1] == [ContractRole.PLATFORM_ADMIN]


def _revision(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        raise InvalidRequestError("the cursor is not one of ours")
    return int(text)
