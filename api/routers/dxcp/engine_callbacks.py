"""What deployers say by themselves: `POST /v1/deployments/{id}/callback`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Security
from fastapi.security import APIKeyHeader

from api.answers import Storable
from api.raw_body import lower_case_headers, raw_body
from api.routers.dxcp.answers import refusals
from api.state import Parts
from deltaci.deployments.hear_engine import hear_engine
from deltaci.engines.webhook_callback import (
    CallbackInvalidError,
    CallbackUnauthorizedError,
    read_callback,
)
from deltaci.errors import InvalidRequestError, UnauthorizedError
from deltaci.wire.deployment_views import CallbackHeard

router = APIRouter(prefix="/v1/deployments", tags=["deployments"])

signature = APIKeyHeader(
    name="webhook-signature",
    scheme_name="DeployerSignature",
    auto_error=False,
    description="Made with the recipe's secret, after the Standard Webhooks specification.",
)


async def requires_deployer_signature(
    request: Request,
    parts: Parts,
    deployment_id: Annotated[str, Path(max_length=64), Storable],
    _signature: Annotated[str | None, Security(signature)],
) -> CallbackHeard:
    """Hear whoever can sign with the recipe's secret. Raises UnauthorizedError."""
    request.state.caller = f"deployer:{deployment_id}"  # for the log
    body = await raw_body(request)
    headers = lower_case_headers(request)
    try:
        counted = await hear_engine(parts.core, read_callback, deployment_id, headers, body)
    except CallbackUnauthorizedError as error:
        raise UnauthorizedError(str(error)) from error
    except CallbackInvalidError as error:
        raise InvalidRequestError(str(error)) from error
    return CallbackHeard(deployment_id=deployment_id, counted=counted)


@router.post("/{deployment_id}/callback", responses=refusals(404, 413))
async def hear(
    heard: Annotated[CallbackHeard, Depends(requires_deployer_signature)],
) -> CallbackHeard:
    """Say that a deployment has ended; signed with the recipe's secret (Standard Webhooks).

    The body is `{"deployment_id", "state", "message"}`; only the first end counts, and repeating it
    changes nothing.
    """
    return heard
