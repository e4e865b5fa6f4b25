"""Activate, take back, complete and cancel a deployment request: each change is told once."""

from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.ids import new_uid
from deltaci.rules.requests.open import Held, held
from deltaci.rules.requests.show import request_view
from deltaci.states import RequestState
from deltaci.store.requests import parts_of
from deltaci.store.tables import RequestSlot
from deltaci.wire.requests import RequestView

ACTIVATED, DEACTIVATED = "dr.activated", "dr.deactivated"
COMPLETED, CANCELLED = "dr.completed", "dr.cancelled"
ACTIVE = (RequestState.IN_PROGRESS, RequestState.APPROVED)


async def activate_request(core: Core, actor: str, request_id: str) -> RequestView:
    """Have a draft gate what it covers and ask for its sign-offs; without any, it has them all.

    One that is active stays so. Raises InvalidStateError without a version or an environment.
    """
    async with held(core, actor, request_id) as request:
        if request.row.state not in ACTIVE:
            parts = await parts_of(request.tx, [request_id])
            if not parts.items or not request.row.environments:
                raise InvalidStateError("a request needs a version and an environment")
            await request.move(RequestState.IN_PROGRESS, activated_at=core.clock())
            request.announce(ACTIVATED)
            if not any(slot.required for slot in parts.slots):
                await request.move(RequestState.APPROVED)
        return await request_view(request.tx, request.row)


async def revert_request(core: Core, actor: str, request_id: str) -> RequestView:
    """Make it a draft again. It begins anew: sign-offs and ticks of before do not count."""
    async with held(core, actor, request_id) as request:
        if request.row.state is not RequestState.DRAFT:
            await request.move(RequestState.DRAFT, activated_at=None)
            await _begin_anew(request)
            request.announce(DEACTIVATED)
        return await request_view(request.tx, request.row)


async def complete_request(core: Core, actor: str, request_id: str) -> RequestView:
    """End it, when it is approved and all its steps are done. Raises InvalidStateError."""
    async with held(core, actor, request_id) as request:
        if request.row.state is not RequestState.COMPLETED:
            request.require(RequestState.APPROVED)
            steps = (await parts_of(request.tx, [request_id])).steps
            if undone := [step.title for step in steps if step.done_at is None]:
                raise InvalidStateError(f"not all steps are done: {undone[0]}")
            await request.move(RequestState.COMPLETED)
            request.announce(COMPLETED)
        return await request_view(request.tx, request.row)


async def cancel_request(core: Core, actor: str, request_id: str) -> RequestView:
    """End it without result; it gates nothing any more."""
    async with held(core, actor, request_id) as request:
        if request.row.state is not RequestState.CANCELLED:
            await request.move(RequestState.CANCELLED)
            request.announce(CANCELLED)
        return await request_view(request.tx, request.row)


async def _begin_anew(request: Held) -> None:
    """Put new slots in the place of the old; what was said in those stays on record."""
    parts = await parts_of(request.tx, [request.row.id])
    for old in parts.slots:
        request.tx.add(
            RequestSlot(
                id=new_uid(),
                request_id=old.request_id,
                position=old.position,
                approval_type=old.approval_type,
                required=old.required,
            )
        )
        await request.tx.delete(old)
    for step in parts.steps:
        step.done_by = step.done_at = None
