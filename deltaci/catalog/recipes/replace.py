"""Replace what is said of a deploy recipe: its next revision."""

from pydantic import SecretStr

from deltaci.catalog.changes import Values
from deltaci.catalog.errors import IdMismatchError, NoSuchRecipeError
from deltaci.catalog.faults import Fault, refusal, refuse
from deltaci.catalog.recipes.check import faults_of
from deltaci.catalog.recipes.secrets import change_of, sealed
from deltaci.catalog.recipes.values import (
    requested,
    revision_of,
    subject_of,
    values_of,
    view_of,
)
from deltaci.catalog.record import record_change
from deltaci.catalog.revision import change, require_revision
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction
from deltaci.store.deploy_recipes import find_recipe, keep_revision
from deltaci.store.tables import DeployRecipe
from deltaci.wire.recipe_messages import RecipeView, WriteRecipe


async def replace_recipe(
    core: Core, author: Author, recipe_id: str, request: WriteRecipe
) -> RecipeView:
    """Replace a recipe; deployments that have begun go on by the revision that they began with.

    Raises IdMismatchError, NoSuchRecipeError, what `recipes.check` names, and InvalidStateError
    when it was changed meanwhile.
    """
    if request.id not in {None, recipe_id}:
        raise refusal([Fault(IdMismatchError, "id", "a recipe's id cannot be changed")])
    refuse(faults_of(request.engine_type, request.spec.engine))
    async with core.database.write() as tx:
        row = await find_recipe(tx, recipe_id)
        if row is None:
            raise NoSuchRecipeError
        require_revision(row, request.revision)
        await rewrite_recipe(tx, core, author, row, requested(request), request.secret)
    return view_of(row, in_full=True)


async def rewrite_recipe(
    tx: Transaction,
    core: Core,
    author: Author,
    row: DeployRecipe,
    values: Values,
    secret: SecretStr | None,
) -> None:
    """Let these values count, and keep them. Raises InvalidStateError."""
    before, had = values_of(row), row.sealed_secret
    await change(
        tx,
        row,
        sealed_secret=sealed(core, secret, had),
        updated_by=author.caller.id,
        updated_at=core.clock(),
        last_change_reason=author.reason or "",
        **values,
    )
    keep_revision(tx, revision_of(row))
    further = change_of(had, row.sealed_secret)
    record_change(tx, core, author, subject_of(row.id), before, values, *further)
