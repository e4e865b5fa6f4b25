"""Read the routes of a service."""

from deltaci.catalog.errors import NoSuchServiceError
from deltaci.catalog.routing.values import view_of
from deltaci.core import Core
from deltaci.store.registry import find_service
from deltaci.store.routes import every_environment
from deltaci.wire.groups import RouteView


async def list_routes(core: Core, service: str) -> list[RouteView]:
    """Read every environment with the route that the service has to it, or none.

    Raises NoSuchServiceError.
    """
    async with core.database.read() as tx:
        if await find_service(tx, service) is None:
            raise NoSuchServiceError
        found = await every_environment(tx, service)
    return [view_of(service, environment, route) for environment, route in found]
