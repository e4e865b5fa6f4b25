"""Let a service be deployed to an environment no more."""

from deltaci.catalog.errors import NoSuchRouteError, NoSuchServiceError
from deltaci.catalog.record import record_change
from deltaci.catalog.routing.values import subject_of, values_of
from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.governance.change import CHANGED_MEANWHILE, Author
from deltaci.store.database import Transaction
from deltaci.store.registry import find_service
from deltaci.store.revisions import remove_row
from deltaci.store.routes import find_route
from deltaci.store.tables import Route


async def remove_route(core: Core, author: Author, service: str, name: str) -> None:
    """Remove a route.

    Raises NoSuchServiceError, NoSuchRouteError, and InvalidStateError when it was changed
    meanwhile.
    """
    async with core.database.write() as tx:
        if await find_service(tx, service) is None:
            raise NoSuchServiceError
        row = await find_route(tx, service, name)
        if row is None:
            raise NoSuchRouteError
        await delete_route(tx, core, author, row)


async def delete_route(tx: Transaction, core: Core, author: Author, row: Route) -> None:
    """Remove a route. Raises InvalidStateError when it was changed meanwhile."""
    if not await remove_row(tx, row):
        raise InvalidStateError(CHANGED_MEANWHILE)
    record_change(tx, core, author, subject_of(row.service, row.environment), values_of(row), None)
