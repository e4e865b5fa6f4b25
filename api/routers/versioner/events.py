"""What tools report: `POST /build-events/` and `POST /deployment-events/` (the seed's routes)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.answers import IdempotencyKey
from api.examples_tracking import BUILD_EVENT, DEPLOYMENT_EVENT
from api.raw_body import raw_body
from api.routers.dxcp.answers import REPLAY_HEADER, REPLAYED
from api.routers.versioner.access import CanTrack, parse
from api.routers.versioner.answers import body_of, refusals
from api.state import Parts
from deltaci.tracking.report import Accepted
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent
from deltaci.wire.tracked_records import BuildRecord, DeploymentRecord

router = APIRouter(tags=["event tracking"])

ANSWERED: dict[int | str, dict[str, Any]] = {200: REPLAY_HEADER}


@router.post(
    "/build-events/",
    response_model=BuildRecord,
    responses={**refusals(409, 413), **ANSWERED},
    openapi_extra=body_of(BuildEvent, BUILD_EVENT),
)
async def report_build(
    parts: Parts, caller: CanTrack, request: Request, key: IdempotencyKey = None
) -> JSONResponse:
    """Report that a build began, went on or ended. Products and versions are made as needed."""
    event = parse(BuildEvent, await raw_body(request))
    return _answer(await parts.events.report(event, caller.id, key))


@router.post(
    "/deployment-events/",
    response_model=DeploymentRecord,
    responses={**refusals(409, 413, 423, 428), **ANSWERED},
    openapi_extra=body_of(DeploymentEvent, DEPLOYMENT_EVENT),
)
async def report_deployment(
    parts: Parts, caller: CanTrack, request: Request, key: IdempotencyKey = None
) -> JSONResponse:
    """Report that a deployment began, went on or ended; one that starts may be refused."""
    event = parse(DeploymentEvent, await raw_body(request))
    return _answer(await parts.events.report(event, caller.id, key))


def _answer(accepted: Accepted) -> JSONResponse:
    """The record is JSON already, as it was stored for whoever repeats the call."""
    return JSONResponse(accepted.record, headers={REPLAYED: str(accepted.replayed).lower()})
