"""What belongs to a request: versions, slots and steps, each bounded in number."""

from deltaci.errors import InvalidRequestError, NotFoundError
from deltaci.ids import new_uid
from deltaci.rules.requests.open import Held
from deltaci.store.catalog import find_version
from deltaci.store.requests import parts_of
from deltaci.store.tables import RequestItem, RequestSlot, RequestStep, RequestTemplate
from deltaci.wire.requests import ITEMS_MAX, SLOTS_MAX, STEPS_MAX, Item, Slot, Step

FULL = "the request has as many as it can"


async def put_item(held: Held, item: Item) -> None:
    """Name a version. Raises InvalidRequestError for one that nobody knows."""
    if await find_version(held.tx, item.product_name, item.version) is None:
        told = f"{item.product_name} {item.version} is not known here"
        raise InvalidRequestError(told, loc=["body", "version"])
    row = await held.tx.get(RequestItem, (held.row.id, item.product_name))
    if row is not None:
        row.version = item.version
        return
    _require_room(len((await parts_of(held.tx, [held.row.id])).items), ITEMS_MAX)
    held.tx.add(
        RequestItem(request_id=held.row.id, product=item.product_name, version=item.version)
    )
    await held.tx.flush()


async def put_slot(held: Held, slot: Slot) -> None:
    """Ask for a sign-off, after all others."""
    others = (await parts_of(held.tx, [held.row.id])).slots
    _require_room(len(others), SLOTS_MAX)
    held.tx.add(
        RequestSlot(
            id=new_uid(),
            request_id=held.row.id,
            position=1 + max((each.position for each in others), default=0),
            approval_type=slot.approval_type,
            required=slot.required,
        )
    )
    await held.tx.flush()


async def put_step(held: Held, step: Step) -> None:
    """Add something to do, after all others."""
    others = (await parts_of(held.tx, [held.row.id])).steps
    _require_room(len(others), STEPS_MAX)
    held.tx.add(
        RequestStep(
            id=new_uid(),
            request_id=held.row.id,
            phase=step.phase,
            position=1 + max((each.position for each in others), default=0),
            title=step.title,
            done_by=None,
            done_at=None,
        )
    )
    await held.tx.flush()


async def remove(
    held: Held, row: RequestItem | RequestSlot | RequestStep | None, what: str
) -> None:
    """Remove what belongs to this very request. Raises NotFoundError."""
    if row is None or row.request_id != held.row.id:
        raise NotFoundError
    await held.tx.delete(row)
    held.changed(f"{what} removed")


def slots_of(template: RequestTemplate | None) -> list[Slot]:
    """Return the slots that a template begins with."""
    return [Slot.model_validate(each) for each in template.slots] if template else []


def steps_of(template: RequestTemplate | None) -> list[Step]:
    """Return the steps that a template begins with."""
    return [Step.model_validate(each) for each in template.steps] if template else []


def _require_room(have: int, most: int) -> None:
    if have >= most:
        raise InvalidRequestError(f"{FULL}: {most}")
