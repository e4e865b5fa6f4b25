"""Webhooks of forges, the deliveries that were kept, and the secrets that sign them."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Response, status

from api import examples
from api.answers import (
    LIMIT_DEFAULT,
    Cursor,
    Limit,
    Responses,
    Storable,
    errors,
    errors_when_signed,
    shown,
)
from api.auth import CanAdminister, CanRegister, IsSigned
from api.state import Parts, TheCore
from deltaci.repositories.secrets import (
    add_webhook_secret,
    list_webhook_secrets,
    remove_webhook_secret,
)
from deltaci.store.deliveries import DeliveryFilter
from deltaci.webhooks.deliveries import list_deliveries, redeliver
from deltaci.wire.forges import (
    AddWebhookSecret,
    DeliveryOutcome,
    DeliveryPage,
    WebhookAccepted,
    WebhookSecretList,
    WebhookSecretView,
)

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

OfRepository = Annotated[
    str, Query(min_length=1, max_length=200, description="The repository's `repo_id`."), Storable
]
FROM_A_FORGE: dict[str, Any] = {
    "requestBody": {
        "description": "What the forge sends, at most `webhook_max_bytes` long, not compressed.",
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
ACCEPTED: Responses = {
    201: {"description": "A run was created.", **shown(examples.WEBHOOK_RUN_CREATED)},
    202: {
        "model": WebhookAccepted,
        "description": "A duplicate, a command, or nothing that we act on.",
        **shown(examples.WEBHOOK_IGNORED),
    },
}


@router.get("/deliveries", responses=errors())
async def list_(
    core: TheCore,
    _caller: CanAdminister,
    repo: Annotated[str, Query(max_length=200, description="Only this `repo_id`."), Storable] = "",
    outcome: Annotated[
        DeliveryOutcome | None, Query(description="Only deliveries that became this.")
    ] = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> DeliveryPage:
    """List verified deliveries, newest first; their signatures and tokens were not kept."""
    return await list_deliveries(core, DeliveryFilter(repo, outcome), limit=limit, cursor=cursor)


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=status.HTTP_201_CREATED,
    responses={**errors(404), **ACCEPTED},
)
async def deliver_again(
    parts: Parts,
    caller: CanAdminister,
    delivery_id: Annotated[str, Path(max_length=200), Storable],
    response: Response,
) -> WebhookAccepted:
    """Do with a kept delivery what would be done with it today; its run stays its run."""
    return _answered(
        await redeliver(parts.core, parts.forges, parts.reception, caller.id, delivery_id),
        response,
    )


@router.get("/secrets", responses=errors(404))
async def list_secrets(
    core: TheCore, _caller: CanRegister, repo_id: OfRepository
) -> WebhookSecretList:
    """List the active secrets of a repository's webhook, without what they are."""
    return await list_webhook_secrets(core, repo_id)


@router.post("/secrets", status_code=status.HTTP_201_CREATED, responses=errors(404, 409, 413))
async def add_secret(
    core: TheCore,
    caller: CanRegister,
    request: Annotated[AddWebhookSecret, Body(examples=[examples.ADD_WEBHOOK_SECRET])],
) -> WebhookSecretView:
    """Make another secret count beside the others; one that counts already stays as it is."""
    return await add_webhook_secret(core, caller.id, request)


@router.delete(
    "/secrets/{secret_id}", status_code=status.HTTP_204_NO_CONTENT, responses=errors(404)
)
async def remove_secret(
    core: TheCore,
    caller: CanRegister,
    secret_id: Annotated[int, Path(ge=1, lt=2**63)],
    repo_id: OfRepository,
) -> None:
    """Take a secret away; within `webhook_secrets_cache_seconds` it counts no more."""
    await remove_webhook_secret(core, caller.id, repo_id, secret_id)


# After the paths above, which are no providers.
@router.post(
    "/{provider}",  # noqa: FAST003 - `IsSigned` takes it
    status_code=status.HTTP_201_CREATED,
    responses={**errors_when_signed(404, 413), **ACCEPTED},
    openapi_extra=FROM_A_FORGE,
)
async def receive(parts: Parts, delivery: IsSigned, response: Response) -> WebhookAccepted:
    """Accept what a forge says has happened; it is stored before this is answered."""
    return _answered(await parts.reception.receive(delivery), response)


def _answered(accepted: WebhookAccepted, response: Response) -> WebhookAccepted:
    if accepted.outcome is not DeliveryOutcome.RUN_CREATED:
        response.status_code = status.HTTP_202_ACCEPTED
    return accepted
