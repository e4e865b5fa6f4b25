"""Routes: the recipe by which a service is deployed to an environment."""

from fastapi import APIRouter, status

from api.routers.dxcp.access import CanConfigure, CanInspect, author
from api.routers.dxcp.answers import refusals
from api.routers.dxcp.catalog_pages import EnvironmentName, ServiceName
from api.routers.dxcp.named_faults import naming_faults
from api.state import TheCore
from deltaci.catalog.routing.read import list_routes
from deltaci.catalog.routing.remove import remove_route
from deltaci.catalog.routing.set import set_route
from deltaci.wire.groups import RouteView, WriteRoute

ROUTES = "/{service:path}/environments"

router = APIRouter(prefix="/v1/admin/services", tags=["catalog"], route_class=naming_faults())


@router.get(ROUTES, responses=refusals(404))
async def list_(core: TheCore, _caller: CanInspect, service: ServiceName) -> list[RouteView]:
    """List every environment with the service's route to it, or none."""
    return await list_routes(core, service)


@router.put(ROUTES + "/{environment_id}", responses=refusals(404, 409, 413))
@router.patch(ROUTES + "/{environment_id}", responses=refusals(404, 409, 413))
async def put(
    core: TheCore,
    caller: CanConfigure,
    service: ServiceName,
    environment_id: EnvironmentName,
    request: WriteRoute,
) -> RouteView:
    """Say by which recipe the service is deployed there: the only one that counts."""
    said_by = author(caller, request.change_reason)
    return await set_route(core, said_by, service, environment_id, request)


@router.delete(
    ROUTES + "/{environment_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=refusals(404, 409),
)
async def remove(
    core: TheCore, caller: CanConfigure, service: ServiceName, environment_id: EnvironmentName
) -> None:
    """Let the service be deployed there no more."""
    await remove_route(core, author(caller), service, environment_id)
