"""Begin a deployment request, once for each key."""

from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.ids import new_uid
from deltaci.rules.requests import parts
from deltaci.rules.requests.open import Held
from deltaci.rules.requests.show import request_view
from deltaci.states import RequestState
from deltaci.store.database import Transaction
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.requests import get_request, get_template
from deltaci.store.tables import DeploymentRequest, RequestTemplate
from deltaci.wire.requests import CreateRequest, RequestView

CREATED = "dr.created"


async def create_request(
    core: Core, actor: str, request: CreateRequest, key: str | None = None
) -> RequestView:
    """Begin a draft; a key that was used gives its request again, as that is by now.

    Raises InvalidRequestError for a template or versions that nobody knows, and
    IdempotencyConflictError for a key that was used for something else.
    """
    scope = f"deployment_requests.create:{actor}"
    keyed = None if key is None else Keyed.of(scope, key, request.model_dump(mode="json"))
    async with core.database.write() as tx:
        row = await _earlier(tx, keyed)
        if row is None:
            request_id = new_uid()
            if keyed and not await store_answer(tx, keyed, {"id": request_id}, core.clock()):
                row = await _earlier(tx, keyed)  # a repetition of this very call was faster
            row = row or await _begin(tx, core, actor, request, request_id)
        return await request_view(tx, row)


async def _earlier(tx: Transaction, keyed: Keyed | None) -> DeploymentRequest | None:
    answer = await stored_answer(tx, keyed) if keyed else None
    return await get_request(tx, answer["id"]) if answer else None


async def _begin(
    tx: Transaction, core: Core, actor: str, request: CreateRequest, request_id: str
) -> DeploymentRequest:
    now = core.clock()
    template = await _template(tx, request.template_id)
    environments = request.environments or (template.environments if template else [])
    row = DeploymentRequest(
        id=request_id,
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
    return row


async def _template(tx: Transaction, template_id: str | None) -> RequestTemplate | None:
    if template_id is None:
        return None
    template = await get_template(tx, template_id)
    if template is None:
        raise InvalidRequestError("no such template", loc=["body", "template_id"])
    return template
