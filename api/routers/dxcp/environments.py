"""Environments: where versions run."""

from fastapi import APIRouter, Response, status

from api.answers import Cursor, IdempotencyKey
from api.routers.dxcp.access import CanAsk, CanConfigure, author
from api.routers.dxcp.answers import refusals
from api.routers.dxcp.catalog_pages import (
    CATALOG_PAGE_MAX,
    PAGED,
    CatalogLimit,
    EnvironmentName,
    told,
)
from api.routers.dxcp.named_faults import naming_faults
from api.state import TheCore
from deltaci.catalog.environments.add import add_environment
from deltaci.catalog.environments.change import change_environment
from deltaci.catalog.environments.read import list_environments, read_environment
from deltaci.catalog.environments.remove import remove_environment
from deltaci.catalog.errors import (
    InvalidEnvironmentIdError,
    InvalidEnvironmentTypeError,
    InvalidLifecycleError,
)
from deltaci.wire.catalog import AddEnvironment, ChangeEnvironment, EnvironmentView

IDS = dict.fromkeys(("environment_id", "id", "name"), InvalidEnvironmentIdError)
FIELDS = {
    **IDS,
    **dict.fromkeys(("type", "kind"), InvalidEnvironmentTypeError),
    "lifecycle_state": InvalidLifecycleError,
}

router = APIRouter(
    prefix="/v1/environments", tags=["catalog"], route_class=naming_faults(FIELDS, FIELDS)
)


@router.get("", responses={**refusals(), **PAGED})
async def list_(
    core: TheCore,
    caller: CanAsk,
    response: Response,
    limit: CatalogLimit = CATALOG_PAGE_MAX,
    cursor: Cursor = "",
) -> list[EnvironmentView]:
    """List environments by id: admins see all, others those of the groups that they own."""
    page = await list_environments(core, caller, limit=limit, cursor=cursor)
    return told(response, page)


@router.post("", status_code=status.HTTP_201_CREATED, responses=refusals(409, 413))
async def add(
    core: TheCore, caller: CanConfigure, request: AddEnvironment, key: IdempotencyKey = None
) -> EnvironmentView:
    """Add an environment."""
    return await add_environment(core, author(caller, request.change_reason), request, key)


@router.get("/{environment_id}", responses=refusals(404))
async def read(core: TheCore, caller: CanAsk, environment_id: EnvironmentName) -> EnvironmentView:
    """Read one that the caller may know of."""
    return await read_environment(core, caller, environment_id)


@router.patch("/{environment_id}", responses=refusals(404, 409, 413))
async def change(
    core: TheCore,
    caller: CanConfigure,
    environment_id: EnvironmentName,
    request: ChangeEnvironment,
) -> EnvironmentView:
    """Change what is named; whether it is production only while nothing refers to it."""
    said_by = author(caller, request.change_reason)
    return await change_environment(core, said_by, environment_id, request)


@router.delete(
    "/{environment_id}", status_code=status.HTTP_204_NO_CONTENT, responses=refusals(404, 409)
)
async def remove(core: TheCore, caller: CanConfigure, environment_id: EnvironmentName) -> None:
    """Remove one that nothing refers to; one that has been deployed to is retired instead."""
    await remove_environment(core, author(caller), environment_id)
