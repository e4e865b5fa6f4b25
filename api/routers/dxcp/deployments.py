"""Deployments: validate, ask for, roll back, cancel, approve, read (spec §3)."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response, status

from api import deployment_examples as examples
from api.answers import LIMIT_DEFAULT, Cursor, IdempotencyKey, Limit, Storable
from api.routers.dxcp.access import CanAsk
from api.routers.dxcp.answers import REPLAY_HEADER, refusals, with_header
from api.routers.dxcp.audit import NEXT_CURSOR
from api.routers.dxcp.deployers import (
    CanDeploy,
    CanSteer,
    CanValidate,
    CanVote,
    Shown,
    call_of,
    told,
)
from api.state import TheCore
from deltaci.deployments import read as reading
from deltaci.deployments.approve import approve_deployment
from deltaci.deployments.cancel import cancel_deployment
from deltaci.deployments.deploy import deploy
from deltaci.deployments.rollback import roll_back
from deltaci.deployments.validate import validate_deployment
from deltaci.states import DeploymentState
from deltaci.store.deployments import DeploymentFilter
from deltaci.wire.deployment_intents import ApproveDeployment, DeploymentIntent, RollbackIntent
from deltaci.wire.deployment_views import (
    ApprovalView,
    FailureView,
    TimelineEvent,
    Validated,
)

router = APIRouter(prefix="/v1/deployments", tags=["deployments"])

DeploymentId = Annotated[str, Path(max_length=64), Storable]
Name = Annotated[str, Query(max_length=255), Storable]
Intent = Annotated[DeploymentIntent, Body(examples=[examples.INTENT])]


@router.post("/validate", responses=refusals(404, 409, 413, 423, 428))
async def validate(core: TheCore, caller: CanValidate, intent: Intent) -> Validated:
    """Ask whether a version may go in now. A refusal tells everything that stands against it."""
    return await validate_deployment(core, caller, intent)


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
    """Bring a registered version into an environment."""
    return told(response, await deploy(core, call_of(caller, key), intent))


@router.get("", responses={**refusals(), 200: with_header(NEXT_CURSOR)})
async def list_(
    core: TheCore,
    caller: CanAsk,
    response: Response,
    service: Name = "",
    environment: Name = "",
    state: Annotated[DeploymentState | None, Query()] = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> list[Shown]:
    """List deployments, newest first. `X-Next-Cursor` names the next page, if there is one."""
    wanted = DeploymentFilter(service, environment, state)
    found, next_cursor = await reading.list_visible(
        core, caller, wanted, limit=limit, cursor=cursor
    )
    if next_cursor:
        response.headers[NEXT_CURSOR] = next_cursor
    return list(found)


@router.get("/{deployment_id}", responses=refusals(404))
async def read(core: TheCore, caller: CanAsk, deployment_id: DeploymentId) -> Shown:
    """Read a deployment."""
    return await reading.read_deployment(core, caller, deployment_id)


@router.get("/{deployment_id}/failures", responses=refusals(404))
async def failures(core: TheCore, caller: CanAsk, deployment_id: DeploymentId) -> list[FailureView]:
    """Read why a deployment failed."""
    return await reading.read_failures(core, caller, deployment_id)


@router.get("/{deployment_id}/timeline", responses=refusals(404))
async def timeline(
    core: TheCore, caller: CanAsk, deployment_id: DeploymentId
) -> list[TimelineEvent]:
    """Read what has happened to a deployment, as it was recorded when it happened."""
    return await reading.read_timeline(core, caller, deployment_id)


@router.post(
    "/{deployment_id}/rollback",
    status_code=status.HTTP_201_CREATED,
    responses={**refusals(404, 409, 413), 201: REPLAY_HEADER},
)
async def undo(
    core: TheCore,
    caller: CanDeploy,
    deployment_id: DeploymentId,
    response: Response,
    intent: Annotated[RollbackIntent | None, Body(examples=[examples.ROLLBACK])] = None,
    key: IdempotencyKey = None,
) -> Shown:
    """Go back to the version that went well before this deployment."""
    call = call_of(caller, key)
    return told(response, await roll_back(core, call, deployment_id, intent or RollbackIntent()))


@router.post("/{deployment_id}/cancel", responses=refusals(404, 409))
async def cancel(core: TheCore, caller: CanSteer, deployment_id: DeploymentId) -> Shown:
    """Stop a deployment. Doing so again changes nothing."""
    return await cancel_deployment(core, caller, deployment_id)


@router.post("/{deployment_id}/approvals", responses=refusals(404, 409, 413))
async def approve(
    core: TheCore,
    caller: CanVote,
    deployment_id: DeploymentId,
    request: Annotated[ApproveDeployment, Body(examples=[examples.APPROVAL])],
) -> Shown:
    """Approve of a deployment that waits for it, or reject it."""
    return await approve_deployment(core, caller, deployment_id, request)


@router.get("/{deployment_id}/approvals", responses=refusals(404))
async def approvals(
    core: TheCore, caller: CanAsk, deployment_id: DeploymentId
) -> list[ApprovalView]:
    """Read who approved of a deployment, or rejected it."""
    return list(await reading.read_approvals(core, caller, deployment_id))
