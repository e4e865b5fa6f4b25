"""Builds: register, list, read (seed «DXCP CI Build Registration Overview»)."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api import examples
from api.answers import LIMIT_DEFAULT, Cursor, IdempotencyKey, Limit, Storable
from api.raw_body import raw_body
from api.routers.dxcp.access import CanAsk, IsKnown
from api.routers.dxcp.answers import REPLAY_HEADER, REPLAYED, refusals
from api.state import Parts, TheCore
from deltaci.builds.read import find_build, list_builds, read_build, read_provenance
from deltaci.builds.record import Call
from deltaci.builds.register import register_build
from deltaci.errors import (
    BuildConflictError,
    ForbiddenError,
    InvalidArtifactError,
    InvalidRequestError,
    LimitedError,
    MutationsDisabledError,
)
from deltaci.store.registry import BuildFilter
from deltaci.wire.builds import BuildPage, BuildView, RegisterBuild
from deltaci.wire.provenance import ProvenanceView

router = APIRouter(prefix="/v1/builds", tags=["builds"])

DENIALS = (
    BuildConflictError,
    ForbiddenError,
    InvalidArtifactError,
    LimitedError,
    MutationsDisabledError,
)
"""Decisions against a build, which are on record; a mistake in a request is none."""
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": RegisterBuild.model_json_schema() | {"examples": [examples.BUILD]}
            }
        },
    }
}
Name = Annotated[str | None, Query(max_length=200), Storable]
Exactly = Annotated[str, Query(max_length=200), Storable]


async def registration(request: Request) -> RegisterBuild:
    """Read the body before anything else: a fault in it is told to anybody (spec §1.3)."""
    try:
        return RegisterBuild.model_validate_json(await raw_body(request))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from error


@router.post(
    "/register",
    status_code=status.HTTP_201_CREATED,
    responses={
        **refusals(409, 413),
        201: REPLAY_HEADER,
        200: {"model": BuildView, "description": "It was registered before.", **REPLAY_HEADER},
    },
    openapi_extra=BODY,
)
async def register(
    parts: Parts,
    request: Annotated[RegisterBuild, Depends(registration)],
    caller: IsKnown,
    response: Response,
    key: IdempotencyKey = None,
) -> BuildView:
    """Certify that an artifact is a version of a service. CI publishers only."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    call = Call(caller, key, request_id)
    try:
        done = await register_build(parts.core, parts.inspector, call, request)
    except DENIALS as error:
        told = call.told(request.service, request.version)
        await parts.refusals.note_build(caller, code=error.code, **told)
        raise
    if not done.is_new:
        response.status_code = status.HTTP_200_OK
    response.headers[REPLAYED] = str(done.replayed).lower()
    return done.build


@router.get("", responses=refusals(404))
async def find(
    core: TheCore,
    _caller: CanAsk,
    service: Name = None,
    version: Name = None,
    git_sha: Exactly = "",
    ci_publisher: Exactly = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> BuildView | BuildPage:
    """Read the build of a service's version; without both, list builds, newest first."""
    if service and version:
        return await find_build(core, service, version)
    if service is not None or version is not None:
        raise InvalidRequestError("service and version are required")
    wanted = BuildFilter(git_sha=git_sha, ci_publisher=ci_publisher)
    return await list_builds(core, wanted, limit=limit, cursor=cursor)


@router.get("/{build_id}", responses=refusals(404))
async def read(
    core: TheCore, _caller: CanAsk, build_id: Annotated[str, Path(max_length=64), Storable]
) -> BuildView:
    """Read a build by its id."""
    return await read_build(core, build_id)


@router.get("/{build_id}/provenance", responses=refusals(404))
async def provenance(
    core: TheCore, _caller: CanAsk, build_id: Annotated[str, Path(max_length=64), Storable]
) -> ProvenanceView:
    """Read how a build was made, as far as it is known, and how its artifact was looked at."""
    return await read_provenance(core, build_id)
