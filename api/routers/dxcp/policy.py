"""What counts for a service in an environment, and what a caller may do there."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, status

from api import deployment_examples as examples
from api.answers import Storable
from api.routers.dxcp.access import CanAsk
from api.routers.dxcp.answers import refusals
from api.routers.dxcp.deployers import CanSteer, CanValidate
from api.state import TheCore
from deltaci.deployments.allowed_actions import allowed_actions
from deltaci.deployments.policy_summary import summarise_policy
from deltaci.deployments.release_pin import release_pin
from deltaci.deployments.running import read_delivery_status, read_running
from deltaci.wire.deployment_intents import PolicyQuestion, ReleasePin
from deltaci.wire.deployment_views import (
    AllowedActions,
    DeliveryStatus,
    PolicySummary,
    RunningView,
)

router = APIRouter(prefix="/v1", tags=["deployments"])

Service = Annotated[str, Path(max_length=200), Storable]
Environment = Annotated[str, Query(min_length=1, max_length=100), Storable]


@router.post("/policy/summary", responses=refusals(404, 413))
async def summary(
    core: TheCore,
    caller: CanValidate,
    asked: Annotated[PolicyQuestion, Body(examples=[examples.POLICY])],
) -> PolicySummary:
    """Read the guardrails and the recipe that count, before there is a version."""
    return await summarise_policy(core, caller, asked)


@router.get("/services/{service:path}/allowed-actions", responses=refusals(404))
async def actions(core: TheCore, caller: CanAsk, service: Service) -> AllowedActions:
    """Read what the caller may do with a service."""
    return await allowed_actions(core, caller, service)


@router.get("/services/{service:path}/delivery-status", responses=refusals(404))
async def delivery_status(
    core: TheCore, caller: CanAsk, service: Service, environment: Environment
) -> DeliveryStatus:
    """Read how a service fares in an environment, and whether it can go on."""
    return await read_delivery_status(core, caller, service, environment)


@router.get("/services/{service:path}/running", responses=refusals(404))
async def running(
    core: TheCore, _caller: CanAsk, service: Service, environment: Environment
) -> RunningView | None:
    """Read what runs in an environment; null when nothing is known to."""
    return await read_running(core, service, environment)


@router.post(
    "/services/{service:path}/release-pin",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=refusals(404, 413),
)
async def release(
    core: TheCore,
    caller: CanSteer,
    service: Service,
    environment: Environment,
    request: Annotated[ReleasePin, Body(examples=[examples.RELEASE])],
) -> None:
    """Let promotions in again after a rollback."""
    await release_pin(core, caller, service, environment, request.reason)
