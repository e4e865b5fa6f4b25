"""Reading and writing routes: the recipe by which a service is deployed to an environment."""

from collections.abc import Sequence

from sqlalchemy import select

from deltaci.store.database import Transaction
from deltaci.store.tables import Environment, Route


async def find_route(tx: Transaction, service: str, environment: str) -> Route | None:
    """Read a route."""
    return await tx.get(Route, (service, environment), populate_existing=True)


async def all_routes(tx: Transaction) -> Sequence[Route]:
    """Read all routes by service and environment."""
    return (await tx.scalars(select(Route).order_by(Route.service, Route.environment))).all()


async def every_environment(
    tx: Transaction, service: str
) -> Sequence[tuple[Environment, Route | None]]:
    """Read all environments by id, each with the route that a service has to it."""
    statement = (
        select(Environment, Route)
        .outerjoin(Route, (Route.environment == Environment.id) & (Route.service == service))
        .order_by(Environment.id)
        .execution_options(populate_existing=True)
    )
    return [(environment, route) for environment, route in await tx.execute(statement)]
