"""Promotions: from one environment of a group's order to the next (spec §3)."""

from typing import Annotated

from fastapi import APIRouter, Body, Response, status

from api import deployment_examples as examples
from api.answers import IdempotencyKey
from api.routers.dxcp.answers import REPLAY_HEADER, refusals
from api.routers.dxcp.deployers import CanDeploy, CanValidate, Shown, call_of, told
from api.state import TheCore
from deltaci.deployments.promote import promote
from deltaci.deployments.validate import validate_promotion
from deltaci.wire.deployment_intents import PromotionIntent
from deltaci.wire.deployment_views import PromotionValidated

router = APIRouter(prefix="/v1/promotions", tags=["deployments"])

Intent = Annotated[PromotionIntent, Body(examples=[examples.PROMOTION])]


@router.post("/validate", responses=refusals(404, 409, 413, 423, 428))
async def validate(core: TheCore, caller: CanValidate, intent: Intent) -> PromotionValidated:
    """Ask whether a version may be promoted now."""
    return await validate_promotion(core, caller, intent)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses={**refusals(404, 409, 413, 423, 428), 201: REPLAY_HEADER},
)
async def ask(
    core: TheCore,
    caller: CanDeploy,
    intent: Intent,
    response: Response,
    key: IdempotencyKey = None,
) -> Shown:
    """Bring a version that runs well to the next environment."""
    return told(response, await promote(core, call_of(caller, key), intent))
