"""What deployment requests begin with."""

from deltaci.core import Core
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.ids import new_uid
from deltaci.store import audit
from deltaci.store import requests as store
from deltaci.store.database import Transaction
from deltaci.store.tables import RequestTemplate
from deltaci.wire.requests import (
    CreateTemplate,
    Slot,
    Step,
    TemplateList,
    TemplateView,
)


async def add_template(core: Core, actor: str, request: CreateTemplate) -> TemplateView:
    """Make a template. Raises InvalidStateError for a name that is taken."""
    row = RequestTemplate(
        id=new_uid(),
        name=request.name,
        environments=request.environments,
        slots=[slot.model_dump(mode="json") for slot in request.slots],
        steps=[step.model_dump(mode="json") for step in request.steps],
        created_by=actor,
        created_at=core.clock(),
    )
    async with core.database.write() as tx:
        if not await store.claim_template(tx, row):
            raise InvalidStateError("another template has this name")
        _audit(tx, core, actor, row, "template")
    return _view(row)


async def list_templates(core: Core) -> TemplateList:
    """Read all templates by name."""
    async with core.database.read() as tx:
        return TemplateList(items=[_view(row) for row in await store.all_templates(tx)])


async def read_template(core: Core, template_id: str) -> TemplateView:
    """Read a template. Raises NotFoundError."""
    async with core.database.read() as tx:
        return _view(await _require(tx, template_id))


async def remove_template(core: Core, actor: str, template_id: str) -> None:
    """Remove a template; requests that began with it stay. Raises NotFoundError."""
    async with core.database.write() as tx:
        row = await _require(tx, template_id)
        await tx.delete(row)
        _audit(tx, core, actor, row, "template removed")


async def _require(tx: Transaction, template_id: str) -> RequestTemplate:
    row = await store.get_template(tx, template_id)
    if row is None:
        raise NotFoundError
    return row


def _audit(tx: Transaction, core: Core, actor: str, row: RequestTemplate, what: str) -> None:
    audit.record(
        tx,
        actor=actor,
        action=audit.Action.REQUEST_CHANGED,
        subject_kind="request_template",
        subject_id=row.id,
        at=core.clock(),
        what=what,
        name=row.name,
    )


def _view(row: RequestTemplate) -> TemplateView:
    return TemplateView(
        id=row.id,
        name=row.name,
        environments=row.environments,
        slots=[Slot.model_validate(each) for each in row.slots],
        steps=[Step.model_validate(each) for each in row.steps],
        created_by=row.created_by,
        created_at=row.created_at,
    )
