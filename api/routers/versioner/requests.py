"""Deployment requests: planned, signed off, carried out step by step."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, status

from api.answers import LIMIT_DEFAULT, Cursor, IdempotencyKey, Limit, Storable
from api.routers.versioner.access import CanLook, CanRequest, CanSignOff, reads
from api.routers.versioner.answers import body_of, refusals
from api.state import TheCore
from deltaci.rules.requests import draft, show
from deltaci.rules.requests.create import create_request
from deltaci.rules.requests.decide import decide_slot, tick_step
from deltaci.rules.requests.move import (
    activate_request,
    cancel_request,
    complete_request,
    revert_request,
)
from deltaci.states import RequestState
from deltaci.store.requests import RequestFilter
from deltaci.wire.approvals import ApprovalVerdict, Decide
from deltaci.wire.requests import (
    ChangeRequest,
    CreateRequest,
    Item,
    ProgressList,
    RequestPage,
    RequestView,
    Slot,
    Step,
    Tick,
)

router = APIRouter(prefix="/deployment-requests", tags=["deployment requests"])

ITEM = {"product_name": "shop", "version": "1.2.3"}
EXAMPLE = {
    "name": "Friday's release",
    "environments": ["production"],
    "items": [ITEM],
    "slots": [{"approval_type": "qa"}],
    "steps": [{"phase": "pre", "title": "back up the database"}],
}
Id = Annotated[str, Path(max_length=64), Storable]
Product = Annotated[str, Path(max_length=255), Storable]
CHANGES = refusals(404, 409, 413)
MOVES = refusals(404, 409)


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(409, 413),
    openapi_extra=body_of(CreateRequest, EXAMPLE),
)
async def create(
    core: TheCore,
    caller: CanRequest,
    request: Annotated[CreateRequest, Depends(reads(CreateRequest))],
    key: IdempotencyKey = None,
) -> RequestView:
    """Begin a draft, which gates nothing until it is activated."""
    return await create_request(core, caller.id, request, key)


@router.get("/", responses=refusals())
async def list_(
    core: TheCore,
    _caller: CanLook,
    state: Annotated[RequestState | None, Query(alias="status")] = None,
    product: Annotated[str | None, Query(max_length=255), Storable] = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> RequestPage:
    """List requests, newest first."""
    wanted = RequestFilter(state, product)
    return await show.list_requests(core, wanted, limit=limit, cursor=cursor)


@router.get("/{request_id}", responses=refusals(404))
async def read(core: TheCore, _caller: CanLook, request_id: Id) -> RequestView:
    """Read a request with its versions, sign-offs and steps."""
    return await show.read_request(core, request_id)


@router.get("/{request_id}/progress", responses=refusals(404))
async def progress(core: TheCore, _caller: CanLook, request_id: Id) -> ProgressList:
    """Say of each version and environment how far it is."""
    return await show.read_progress(core, request_id)


@router.patch("/{request_id}", responses=CHANGES, openapi_extra=body_of(ChangeRequest))
async def change(
    core: TheCore,
    caller: CanRequest,
    request_id: Id,
    request: Annotated[ChangeRequest, Depends(reads(ChangeRequest))],
) -> RequestView:
    """Change a draft."""
    return await draft.change_request(core, caller.id, request_id, request)


@router.post("/{request_id}/items", responses=CHANGES, openapi_extra=body_of(Item, ITEM))
async def put_item(
    core: TheCore, caller: CanRequest, request_id: Id, item: Annotated[Item, Depends(reads(Item))]
) -> RequestView:
    """Name a version; it takes the place of another of the same product."""
    return await draft.put_item(core, caller.id, request_id, item)


@router.delete(
    "/{request_id}/items/{product:path}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=MOVES,
)
async def remove_item(core: TheCore, caller: CanRequest, request_id: Id, product: Product) -> None:
    """Name no version of a product any more."""
    await draft.remove_item(core, caller.id, request_id, product)


@router.post("/{request_id}/slots", responses=CHANGES, openapi_extra=body_of(Slot))
async def add_slot(
    core: TheCore, caller: CanRequest, request_id: Id, slot: Annotated[Slot, Depends(reads(Slot))]
) -> RequestView:
    """Ask for a sign-off; one that is not required only advises."""
    return await draft.add_slot(core, caller.id, request_id, slot)


@router.delete(
    "/{request_id}/slots/{slot_id}", status_code=status.HTTP_204_NO_CONTENT, responses=MOVES
)
async def remove_slot(core: TheCore, caller: CanRequest, request_id: Id, slot_id: Id) -> None:
    """Ask for a sign-off no more."""
    await draft.remove_slot(core, caller.id, request_id, slot_id)


@router.post("/{request_id}/steps", responses=CHANGES, openapi_extra=body_of(Step))
async def add_step(
    core: TheCore, caller: CanRequest, request_id: Id, step: Annotated[Step, Depends(reads(Step))]
) -> RequestView:
    """Add something to do: `pre` gates deployments, `post` gates completion."""
    return await draft.add_step(core, caller.id, request_id, step)


@router.delete(
    "/{request_id}/steps/{step_id}", status_code=status.HTTP_204_NO_CONTENT, responses=MOVES
)
async def remove_step(core: TheCore, caller: CanRequest, request_id: Id, step_id: Id) -> None:
    """Remove something to do."""
    await draft.remove_step(core, caller.id, request_id, step_id)


@router.post("/{request_id}/steps/{step_id}/tick", responses=CHANGES, openapi_extra=body_of(Tick))
async def tick(
    core: TheCore,
    caller: CanRequest,
    request_id: Id,
    step_id: Id,
    request: Annotated[Tick, Depends(reads(Tick))],
) -> RequestView:
    """Say that a step of an active request is done, or is not."""
    return await tick_step(core, caller.id, request_id, step_id, done=request.done)


@router.post(
    "/{request_id}/slots/{slot_id}/approve", responses=CHANGES, openapi_extra=body_of(Decide)
)
async def approve(
    core: TheCore,
    caller: CanSignOff,
    request_id: Id,
    slot_id: Id,
    request: Annotated[Decide, Depends(reads(Decide))],
) -> RequestView:
    """Sign a slot off, in a role that may do so for its type."""
    told = request.comments
    return await decide_slot(core, caller, request_id, slot_id, ApprovalVerdict.APPROVED, told)


@router.post(
    "/{request_id}/slots/{slot_id}/reject", responses=CHANGES, openapi_extra=body_of(Decide)
)
async def reject(
    core: TheCore,
    caller: CanSignOff,
    request_id: Id,
    slot_id: Id,
    request: Annotated[Decide, Depends(reads(Decide))],
) -> RequestView:
    """Reject the whole request, for good."""
    told = request.comments
    return await decide_slot(core, caller, request_id, slot_id, ApprovalVerdict.REJECTED, told)


@router.post("/{request_id}/activate", responses=MOVES)
async def activate(core: TheCore, caller: CanRequest, request_id: Id) -> RequestView:
    """Have it gate what it covers, and ask for its sign-offs."""
    return await activate_request(core, caller.id, request_id)


@router.post("/{request_id}/revert", responses=MOVES)
async def revert(core: TheCore, caller: CanRequest, request_id: Id) -> RequestView:
    """Make it a draft again; sign-offs and ticks begin anew."""
    return await revert_request(core, caller.id, request_id)


@router.post("/{request_id}/complete", responses=MOVES)
async def complete(core: TheCore, caller: CanRequest, request_id: Id) -> RequestView:
    """End it, once it is approved and all its steps are done."""
    return await complete_request(core, caller.id, request_id)


@router.post("/{request_id}/cancel", responses=MOVES)
async def cancel(core: TheCore, caller: CanRequest, request_id: Id) -> RequestView:
    """End it without result; it gates nothing any more."""
    return await cancel_request(core, caller.id, request_id)
