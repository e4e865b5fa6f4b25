"""Asking beforehand whether a deployment would be let through."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.routers.versioner.access import CanLook, reads
from api.routers.versioner.answers import body_of, refusals
from api.state import TheCore
from deltaci.rules.rehearse import rehearse
from deltaci.wire.rules import Preflight, PreflightView

router = APIRouter(prefix="/deployment-events", tags=["deployment events"])

EXAMPLE = {"product_name": "shop", "version": "1.2.3", "environment_name": "production"}


@router.post("/preflight", responses=refusals(413), openapi_extra=body_of(Preflight, EXAMPLE))
async def preflight(
    core: TheCore, caller: CanLook, request: Annotated[Preflight, Depends(reads(Preflight))]
) -> PreflightView:
    """Ask every rule and open request about a deployment, and record nothing."""
    return await rehearse(core, caller.id, request)
