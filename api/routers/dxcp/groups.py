"""Delivery groups, and what they may do in which environment."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response, status

from api.answers import Cursor, IdempotencyKey
from api.routers.dxcp.access import CanAsk, CanConfigure, CanInspect, author
from api.routers.dxcp.answers import refusals
from api.routers.dxcp.catalog_pages import (
    CATALOG_PAGE_MAX,
    PAGED,
    CatalogLimit,
    EnvironmentName,
    GroupName,
    told,
)
from api.routers.dxcp.named_faults import naming_faults
from api.state import TheCore
from deltaci.catalog import errors
from deltaci.catalog.groups.add import add_group
from deltaci.catalog.groups.bind import bind_environment
from deltaci.catalog.groups.list_bindings import list_bindings
from deltaci.catalog.groups.read import list_groups, read_group
from deltaci.catalog.groups.replace import replace_group
from deltaci.catalog.groups.unbind import unbind_environment
from deltaci.catalog.preview import preview
from deltaci.wire.groups import (
    BindingView,
    GroupView,
    GuardrailsPreview,
    WriteBinding,
    WriteGroup,
)

BLANK = {"id": errors.MissingIdError, "name": errors.MissingNameError}
WRONG = {
    "owner": errors.InvalidOwnerError,
    "services": errors.InvalidServicesError,
    "allowed_environments": errors.InvalidEnvironmentsError,
    "allowed_recipes": errors.InvalidRecipesError,
    "guardrails": errors.InvalidGuardrailError,
}
GROUPS, BINDINGS = "/delivery-groups", "/admin/delivery-groups/{group_id}/environments"

router = APIRouter(
    prefix="/v1", tags=["catalog"], route_class=naming_faults({**WRONG, **BLANK}, WRONG)
)


@router.get(GROUPS, responses={**refusals(), **PAGED})
async def list_(
    core: TheCore,
    _caller: CanAsk,
    response: Response,
    limit: CatalogLimit = CATALOG_PAGE_MAX,
    cursor: Cursor = "",
) -> list[GroupView]:
    """List delivery groups by id."""
    return told(response, await list_groups(core, limit=limit, cursor=cursor))


@router.post(GROUPS, status_code=status.HTTP_201_CREATED, responses=refusals(409, 413))
async def add(
    core: TheCore, caller: CanConfigure, request: WriteGroup, key: IdempotencyKey = None
) -> GroupView:
    """Add a delivery group."""
    return await add_group(core, author(caller, request.change_reason), request, key)


@router.get(GROUPS + "/{group_id}", responses=refusals(404))
async def read(core: TheCore, _caller: CanAsk, group_id: GroupName) -> GroupView:
    """Read a delivery group."""
    return await read_group(core, group_id)


@router.put(GROUPS + "/{group_id}", responses=refusals(404, 409, 413))
async def replace(
    core: TheCore, caller: CanConfigure, group_id: GroupName, request: WriteGroup
) -> GroupView:
    """Replace a delivery group; `allowed_environments` that is left out stays as it is."""
    return await replace_group(core, author(caller, request.change_reason), group_id, request)


@router.get(BINDINGS, responses=refusals(404))
async def bindings(core: TheCore, _caller: CanInspect, group_id: GroupName) -> list[BindingView]:
    """List what a group may do where, in the order of promotions."""
    return await list_bindings(core, group_id)


@router.put(BINDINGS + "/{environment_id}", responses=refusals(404, 409, 413))
@router.patch(BINDINGS + "/{environment_id}", responses=refusals(404, 409, 413))
async def bind(
    core: TheCore,
    caller: CanConfigure,
    group_id: GroupName,
    environment_id: EnvironmentName,
    request: WriteBinding,
) -> BindingView:
    """Say what a group may do in an environment; that counts before the group's own list."""
    said_by = author(caller, request.change_reason)
    return await bind_environment(core, said_by, group_id, environment_id, request)


@router.delete(
    BINDINGS + "/{environment_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=refusals(404, 409),
)
async def unbind(
    core: TheCore, caller: CanConfigure, group_id: GroupName, environment_id: EnvironmentName
) -> None:
    """Take back what was said of a group in an environment: its own list counts again."""
    await unbind_environment(core, author(caller), group_id, environment_id)


@router.post("/admin/guardrails/validate", responses=refusals(413))
async def validate(
    core: TheCore,
    _caller: CanInspect,
    request: Annotated[
        dict[str, Any], Body(description="A delivery group or a recipe, as it would be sent.")
    ],
) -> GuardrailsPreview:
    """Say what is wrong with a delivery group or a recipe, or surprising; nothing is stored."""
    return await preview(core, request)
