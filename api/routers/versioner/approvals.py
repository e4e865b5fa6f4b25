"""Sign-offs of versions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response, status

from api.answers import Storable
from api.routers.versioner.access import CanLook, CanSignOff, reads
from api.routers.versioner.answers import body_of, refusals
from api.state import TheCore
from deltaci.rules.approve_version import approve_version, list_version_approvals
from deltaci.wire.approvals import ApprovalList, ApprovalView, SignOff

router = APIRouter(prefix="/versions", tags=["versions"])

VersionId = Annotated[str, Path(max_length=64), Storable]


@router.post(
    "/{version_id}/approvals",
    status_code=status.HTTP_201_CREATED,
    responses={
        **refusals(404, 409, 413),
        200: {"model": ApprovalView, "description": "The caller had said so before."},
    },
    openapi_extra=body_of(SignOff, {"approval_type": "qa", "comments": "all green"}),
)
async def sign_off(
    core: TheCore,
    caller: CanSignOff,
    version_id: VersionId,
    request: Annotated[SignOff, Depends(reads(SignOff))],
    response: Response,
) -> ApprovalView:
    """Sign a version off, or reject it for good, in a role that may do so for this type."""
    view, is_new = await approve_version(core, caller, version_id, request)
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return view


@router.get("/{version_id}/approvals", responses=refusals(404))
async def list_(core: TheCore, _caller: CanLook, version_id: VersionId) -> ApprovalList:
    """List what was said of a version, oldest first."""
    return await list_version_approvals(core, version_id)
