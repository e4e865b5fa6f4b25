"""Why a version could enter an environment: `GET /v1/deployments/{id}/proof`, an extension."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.answers import Storable
from api.routers.dxcp.access import CanAsk
from api.routers.dxcp.answers import refusals
from api.state import TheCore
from deltaci.deployments.attest import attest
from deltaci.deployments.proof import read_proof
from deltaci.wire.proof import Envelope, Proof, ProofFormat

router = APIRouter(prefix="/v1/deployments", tags=["deployments"])

DeploymentId = Annotated[str, Path(max_length=64), Storable]
Format = Annotated[
    ProofFormat,
    Query(description="`in-toto` is the same as a statement in a DSSE envelope, for others."),
]


@router.get("/{deployment_id}/proof", responses=refusals(404, 409))
async def proof(
    core: TheCore,
    caller: CanAsk,
    deployment_id: DeploymentId,
    format: Format = ProofFormat.PLAIN,  # noqa: A002 - the parameter's name in the contract
) -> Proof | Envelope:
    """Walk back from a deployment to the change, and say what of the way is not known."""
    if format is ProofFormat.IN_TOTO:
        return await attest(core, caller, deployment_id)
    return await read_proof(core, caller, deployment_id)
