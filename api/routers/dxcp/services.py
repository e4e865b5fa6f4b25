"""Services that builds are registered for, and their versions."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Response, status

from api import examples
from api.answers import Storable
from api.routers.dxcp.access import CanAsk, require_role, while_enabled
from api.routers.dxcp.answers import refusals
from api.state import TheCore
from deltaci.builds.services import add_service, list_services
from deltaci.builds.versions import list_versions
from deltaci.governance.limits import count_change
from deltaci.identity.principal import Principal
from deltaci.wire.builds import AddService, ServiceList, ServiceView, VersionList
from deltaci.wire.governance import ContractRole

router = APIRouter(prefix="/v1/services", tags=["builds"])

CanAdd = Annotated[
    Principal,
    Depends(
        require_role(
            ContractRole.PLATFORM_ADMIN,
            ContractRole.DELIVERY_OWNER,
            before=count_change,
            after=while_enabled,
        )
    ),
]


@router.get("", responses=refusals())
async def list_(core: TheCore, _caller: CanAsk) -> ServiceList:
    """List services by name."""
    return await list_services(core)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses={
        **refusals(409, 413),
        200: {"model": ServiceView, "description": "It was known before."},
    },
)
async def add(
    core: TheCore,
    caller: CanAdd,
    request: Annotated[AddService, Body(examples=[examples.ADD_SERVICE])],
    response: Response,
) -> ServiceView:
    """Make a service known; doing so again unchanged is fine (200)."""
    view, is_new = await add_service(core, caller.id, request)
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return view


@router.get("/{service:path}/versions", responses=refusals(404))
async def versions(
    core: TheCore, _caller: CanAsk, service: Annotated[str, Path(max_length=200), Storable]
) -> VersionList:
    """List a service's versions, the highest first; those listed may be deployed."""
    return await list_versions(core, service)
