"""The list of CI publishers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.routers.dxcp.access import CanConfigure, CanInspect, RequiredKey, author
from api.routers.dxcp.answers import REPLAY_HEADER, REPLAYED, refusals
from api.state import TheCore
from deltaci.errors import InvalidRequestError
from deltaci.governance.publishers import list_publishers
from deltaci.governance.replace_publishers import replace_publishers
from deltaci.governance.try_claims import try_claims
from deltaci.wire.governance import (
    CiPublisherList,
    PublisherTrial,
    ReplaceCiPublishers,
    TryClaims,
)

router = APIRouter(prefix="/v1/admin/system/ci-publishers", tags=["governance"])

NAMES_ONLY = (
    "publishers are objects with a name, issuers and one of subjects, subject_prefixes, "
    "authorized_party_azp or emails; a list of names does not say whose tokens they are"
)


async def objects_only(request: Request) -> None:
    """Refuse the list of names that the contract had once. Raises InvalidRequestError."""
    try:
        document = await request.json()
    except ValueError:
        return  # nothing was sent: told with all else that is missing
    if not isinstance(document, dict):
        return
    listed = document.get("publishers", document.get("ci_publishers"))
    names = isinstance(listed, list) and any(isinstance(each, str) for each in listed)
    if names or ("ci_publishers" in document and "publishers" not in document):
        raise InvalidRequestError(NAMES_ONLY, invalid_fields=["publishers"])


@router.get("", responses=refusals())
async def list_(core: TheCore, _caller: CanInspect) -> CiPublisherList:
    """List who may register builds."""
    return await list_publishers(core)


@router.put("", responses={**refusals(409, 413), 200: REPLAY_HEADER})
async def replace(
    core: TheCore,
    caller: CanConfigure,
    key: RequiredKey,
    _objects: Annotated[None, Depends(objects_only)],
    request: ReplaceCiPublishers,
    response: Response,
) -> CiPublisherList:
    """Replace the list, at once and on every replica; an empty one admits nobody."""
    publishers, is_new = await replace_publishers(core, author(caller), request, key)
    response.headers[REPLAYED] = str(not is_new).lower()
    return publishers


@router.post("/test", responses=refusals(413))
async def try_(core: TheCore, _caller: CanInspect, request: TryClaims) -> PublisherTrial:
    """Say which publisher admits a token with these claims, and why others do not.

    Send the claims only: a token has no business here.
    """
    return await try_claims(core, request)
