"""Add a deploy recipe."""

from pydantic import SecretStr

from deltaci.catalog.changes import Values
from deltaci.catalog.errors import RecipeExistsError, RecipeIdRequiredError
from deltaci.catalog.faults import Fault, refusal, refuse
from deltaci.catalog.once import answered_before, keyed
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
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction
from deltaci.store.deploy_recipes import keep_revision
from deltaci.store.revisions import claim_row
from deltaci.store.tables import DeployRecipe
from deltaci.wire.recipe_messages import RecipeView, WriteRecipe


async def add_recipe(
    core: Core, author: Author, request: WriteRecipe, key: str | None = None
) -> RecipeView:
    """Add a recipe; an equal request with the same key gets the first one's answer.

    Raises RecipeIdRequiredError, RecipeExistsError, what `recipes.check` names, and
    IdempotencyConflictError.
    """
    if request.id is None:
        raise refusal([Fault(RecipeIdRequiredError, "id", "is required")])
    refuse(faults_of(request.engine_type, request.spec.engine))
    row = new_recipe(core, author, request.id, requested(request), request.secret)
    view = view_of(row, in_full=True)
    sent = request.model_dump(mode="json", exclude={"secret"}) | {"secret": bool(request.secret)}
    asked = keyed("recipes.add", author.caller, key, sent)
    async with core.database.write() as tx:
        if earlier := await answered_before(tx, core, asked, view):
            return RecipeView.model_validate(earlier)
        await insert_recipe(tx, core, author, row)
    return view


def new_recipe(
    core: Core, author: Author, recipe_id: str, values: Values, secret: SecretStr | None
) -> DeployRecipe:
    """Return the row of a recipe that is not stored yet."""
    now, actor = core.clock(), author.caller.id
    return DeployRecipe(
        id=recipe_id,
        sealed_secret=sealed(core, secret, None),
        revision=1,
        created_by=actor,
        created_at=now,
        updated_by=actor,
        updated_at=now,
        last_change_reason=author.reason or "",
        **values,
    )


async def insert_recipe(tx: Transaction, core: Core, author: Author, row: DeployRecipe) -> None:
    """Store a new recipe and its first revision. Raises RecipeExistsError."""
    if not await claim_row(tx, row):
        raise RecipeExistsError
    keep_revision(tx, revision_of(row))
    further = change_of(None, row.sealed_secret)
    record_change(tx, core, author, subject_of(row.id), None, values_of(row), *further)
