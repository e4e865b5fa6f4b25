"""Write a deployment request: begin a draft, and change what it says while it is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.ids import new_uid
from deltaci.rules.requests import parts
from deltaci.rules.requests.open import Held, held
from deltaci.rules.requests.show import request_view
from deltaci.states import RequestState
from deltaci.store.database import Transaction
from deltaci.store.requests import get_template
from deltaci.store.tables import (
    DeploymentRequest,
    RequestItem,
    RequestSlot,
    RequestStep,
    RequestTemplate,
)
from deltaci.wire.requests import (
    ChangeRequest,
    CreateRequest,
    Item,
    RequestView,
    Slot,
    Step,
)

CREATED = "dr.created"


async def create_request(core: Core, actor: str, request: CreateRequest) -> RequestView:
    """Begin a draft. Raises InvalidRequestError for a template or versions that nobody knows."""
    now = core.clock()
    async with core.database.write() as tx:
        template = await _template(tx, request.template_id)
        environments = request.environments or (template.environments if template else [])
        row = DeploymentRequest(
            id=new_uid(),
            name=request.name,
            description=request.description,
            state=RequestState.DRAFT,
            environments=list(dict.fromkeys(environments)),
            template_id=template.id if template else None,
            created_by=actor,
            created_at=now,
            updated_at=now,
            activated_at=None,
            ended_at=None,
        )
        tx.add(row)
        await tx.flush()
        draft = Held(tx, core, row, actor)
        for item in request.items:
            await parts.put_item(draft, item)
        for slot in [*parts.slots_of(template), *request.slots]:
            await parts.put_slot(draft, slot)
        for step in [*parts.steps_of(template), *request.steps]:
            await parts.put_step(draft, step)
        draft.announce(CREATED)
        return await request_view(tx, row)


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


async def _template(tx: Transaction, template_id: str | None) -> RequestTemplate | None:
    if template_id is None:
        return None
    template = await get_template(tx, template_id)
    if template is None:
        raise InvalidRequestError("no such template", loc=["body", "template_id"])
    return template
