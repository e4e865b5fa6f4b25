"""Git's smart HTTP protocol for runners, read only: the leased commit, and nothing else."""

import zlib
from collections.abc import AsyncGenerator
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Body, Header, Query, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.auth import IsRunner
from api.routers.runner import REFUSALS, LeaseHeader
from api.state import Parts
from deltaci.errors import InvalidRequestError, PayloadTooLargeError
from deltaci.jobs.checkout import open_checkout

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
REQUEST = "application/x-git-upload-pack-request"
RESULT = "application/x-git-upload-pack-result"
GZIP_BITS = 31
FRESH = {"Cache-Control": "no-store"}

router = APIRouter(prefix="/api/v1/internal/git", tags=["runner protocol"])


class _Closing(StreamingResponse):
    """Ends what it streams when the client is gone, not when somebody tidies up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await cast("AsyncGenerator[bytes]", self.body_iterator).aclose()


@router.get(
    "/info/refs",
    response_class=Response,
    responses={**REFUSALS, 200: {"content": {ADVERTISEMENT: {}}}},
)
async def advertise(
    parts: Parts,
    caller: IsRunner,
    lease_id: LeaseHeader,
    service: Annotated[Literal["git-upload-pack"], Query(description="Nothing can be pushed.")],  # noqa: ARG001 - there is one
) -> Response:
    """Say which commit can be fetched: the one that the lease is for."""
    commit = await open_checkout(parts.core, parts.commits, caller.id, lease_id)
    return Response(await commit.advertise(), media_type=ADVERTISEMENT, headers=FRESH)


@router.post(
    "/git-upload-pack",
    response_class=Response,
    responses={**REFUSALS, 200: {"content": {RESULT: {}}}},
)
async def upload_pack(
    parts: Parts,
    caller: IsRunner,
    lease_id: LeaseHeader,
    request: Annotated[bytes, Body(media_type=REQUEST)],
    encoding: Annotated[str, Header(alias="Content-Encoding", max_length=20)] = "identity",
) -> Response:
    """Hand out the commit with as much of its history as is asked for."""
    plain = _decoded(request, encoding, parts.core.settings.request_max_bytes)
    commit = await open_checkout(parts.core, parts.commits, caller.id, lease_id)
    return _Closing(commit.answer(plain), media_type=RESULT, headers=FRESH)


def _decoded(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Undo the compression that git uses for larger requests."""
    if encoding == "identity":
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise InvalidRequestError("the body must be plain or compressed by gzip")
    unzip = zlib.decompressobj(wbits=GZIP_BITS)
    try:
        plain = unzip.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise InvalidRequestError("the body is not what gzip makes") from error
    if len(plain) > max_bytes:
        raise PayloadTooLargeError(f"the body unpacks to more than {max_bytes} bytes")
    if not unzip.eof:
        raise InvalidRequestError("the compressed body is cut off")
    return plain
