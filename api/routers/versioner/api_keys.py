"""API keys: create, list, revoke. Admins only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, status

from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable
from api.auth import CanAdminister
from api.routers.versioner.access import reads
from api.routers.versioner.answers import body_of, refusals
from api.state import Parts, TheCore
from deltaci.api_keys.create import create_api_key
from deltaci.api_keys.read import list_api_keys
from deltaci.api_keys.revoke import revoke_api_key
from deltaci.wire.api_keys import ApiKeyPage, CreateApiKey, NewApiKey

router = APIRouter(prefix="/api-keys", tags=["api keys"])

EXAMPLE = {"name": "github-actions", "scopes": ["tracker"]}


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(409, 413),
    openapi_extra=body_of(CreateApiKey, EXAMPLE),
)
async def create(
    core: TheCore,
    caller: CanAdminister,
    request: Annotated[CreateApiKey, Depends(reads(CreateApiKey))],
) -> NewApiKey:
    """Make a key; it is shown here once, and only its hash is kept."""
    return await create_api_key(core, caller.id, request)


@router.get("/", responses=refusals())
async def list_(
    core: TheCore, _caller: CanAdminister, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = ""
) -> ApiKeyPage:
    """List keys, newest first."""
    return await list_api_keys(core, limit=limit, cursor=cursor)


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT, responses=refusals(404))
async def revoke(
    parts: Parts, caller: CanAdminister, key_id: Annotated[str, Path(max_length=64), Storable]
) -> None:
    """Take a key away; other replicas follow within seconds."""
    await revoke_api_key(parts.core, parts.key_ring, caller.id, key_id)
