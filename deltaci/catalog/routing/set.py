"""Say by which recipe a service is deployed to an environment."""

from deltaci.catalog.errors import (
    EnvironmentRetiredError,
    NoSuchEnvironmentError,
    NoSuchRecipeError,
    NoSuchServiceError,
)
from deltaci.catalog.record import record_change
from deltaci.catalog.revision import change, require_revision
from deltaci.catalog.routing.values import subject_of, values_of, view_of
from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.governance.change import CHANGED_MEANWHILE, Author
from deltaci.store.database import Transaction
from deltaci.store.environments import find_environment
from deltaci.store.revisions import claim_row, hold_known
from deltaci.store.routes import find_route
from deltaci.store.tables import DeployRecipe, Environment, Product, Route
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.groups import RouteView, WriteRoute


async def set_route(
    core: Core, author: Author, service: str, name: str, request: WriteRoute
) -> RouteView:
    """Let a service be deployed to an environment by this recipe.

    Raises NoSuchServiceError, NoSuchEnvironmentError, EnvironmentRetiredError, NoSuchRecipeError,
    and InvalidStateError when it was changed meanwhile.
    """
    async with core.database.write() as tx:
        environment = await _known(tx, service, name, request.recipe_id)
        if environment.lifecycle_state is LifecycleState.RETIRED:
            raise EnvironmentRetiredError(environment_id=name)
        row = await find_route(tx, service, name)
        if row is None:
            row = await insert_route(tx, core, author, service, name, request.recipe_id)
        else:
            require_revision(row, request.revision)
            if row.recipe_id != request.recipe_id:
                await rewrite_route(tx, core, author, row, request.recipe_id)
    return view_of(service, environment, row)


async def insert_route(
    tx: Transaction, core: Core, author: Author, service: str, name: str, recipe_id: str
) -> Route:
    """Store a new route. Raises InvalidStateError when somebody else did."""
    row = Route(
        service=service,
        environment=name,
        recipe_id=recipe_id,
        revision=1,
        updated_by=author.caller.id,
        updated_at=core.clock(),
    )
    if not await claim_row(tx, row):
        raise InvalidStateError(CHANGED_MEANWHILE)
    record_change(tx, core, author, subject_of(service, name), None, values_of(row))
    return row


async def rewrite_route(
    tx: Transaction, core: Core, author: Author, row: Route, recipe_id: str
) -> None:
    """Let another recipe count. Raises InvalidStateError when it was changed meanwhile."""
    before = values_of(row)
    actor, now = author.caller.id, core.clock()
    await change(tx, row, recipe_id=recipe_id, updated_by=actor, updated_at=now)
    subject = subject_of(row.service, row.environment)
    record_change(tx, core, author, subject, before, values_of(row))


async def _known(tx: Transaction, service: str, name: str, recipe_id: str) -> Environment:
    """Keep all three from being removed until the commit."""
    if not await hold_known(tx, Product, [service]):
        raise NoSuchServiceError
    if not await hold_known(tx, Environment, [name]):
        raise NoSuchEnvironmentError
    if not await hold_known(tx, DeployRecipe, [recipe_id]):
        raise NoSuchRecipeError
    environment = await find_environment(tx, name)
    assert environment is not None  # noqa: S101 - it is held
    return environment
