"""Change what a deployment request says, while it is a draft."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deltaci.core import Core
from deltaci.rules.requests import parts
from deltaci.rules.requests.open import Held, held
from deltaci.rules.requests.show import request_view
from deltaci.states import RequestState
from deltaci.store.tables import (
    RequestItem,
    RequestSlot,
    RequestStep,
)
from deltaci.wire.requests import (
    ChangeRequest,
    Item,
    RequestView,
    Slot,
    Step,
)


async def change_request(
    core: Core, actor: str, request_id: str, request: ChangeRequest
) -> RequestView:
    """Change what is given. Raises InvalidStateError for what is no draft any more."""
    async with _draft(core, actor, request_id) as draft:
        changes = request.model_dump(exclude_none=True)
        for name, value in changes.items():
            setattr(draft.row, name, value)
        if changes:
            draft.changed("request", fields=sorted(changes))
        return await request_view(draft.tx, draft.row)


async def put_item(core: Core, actor: str, request_id: str, item: Item) -> RequestView:
    """Name a version; it takes the place of another of the same product."""
    async with _draft(core, actor, request_id) as draft:
        await parts.put_item(draft, item)
        draft.changed("item", product=item.product_name, version=item.version)
        return await request_view(draft.tx, draft.row)


async def remove_item(core: Core, actor: str, request_id: str, product: str) -> None:
    """Name no version of a product any more. Raises NotFoundError."""
    async with _draft(core, actor, request_id) as draft:
        row = await draft.tx.get(RequestItem, (request_id, product))
        await parts.remove(draft, row, "item")


async def add_slot(core: Core, actor: str, request_id: str, slot: Slot) -> RequestView:
    """Ask for a sign-off."""
    async with _draft(core, actor, request_id) as draft:
        await parts.put_slot(draft, slot)
        draft.changed("slot", approval_type=slot.approval_type, required=slot.required)
        return await request_view(draft.tx, draft.row)


async def remove_slot(core: Core, actor: str, request_id: str, slot_id: str) -> None:
    """Ask for a sign-off no more. Raises NotFoundError."""
    async with _draft(core, actor, request_id) as draft:
        row = await draft.tx.get(RequestSlot, slot_id)
        await parts.remove(draft, row, "slot")


async def add_step(core: Core, actor: str, request_id: str, step: Step) -> RequestView:
    """Add something to do."""
    async with _draft(core, actor, request_id) as draft:
        await parts.put_step(draft, step)
        draft.changed("step", phase=step.phase, title=step.title)
        return await request_view(draft.tx, draft.row)


async def remove_step(core: Core, actor: str, request_id: str, step_id: str) -> None:
    """Remove something to do. Raises NotFoundError."""
    async with _draft(core, actor, request_id) as draft:
        row = await draft.tx.get(RequestStep, step_id)
        await parts.remove(draft, row, "step")


@asynccontextmanager
async def _draft(core: Core, actor: str, request_id: str) -> AsyncIterator[Held]:
    async with held(core, actor, request_id) as draft:
        draft.require(RequestState.DRAFT)
        yield draft
