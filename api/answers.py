"""What routes have in common in what they document and how they answer."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Header, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator

from api import examples
from deltaci.errors import RangeNotSatisfiableError
from deltaci.store.pagination import PAGE_DEFAULT, PAGE_MAX
from deltaci.wire.errors import ErrorEnvelope
from deltaci.wire.values import without_nul

Responses = dict[int | str, dict[str, Any]]

MEANINGS = {
    400: "INVALID_REQUEST: malformed, or names something impossible",
    401: "UNAUTHORIZED: no valid access token",
    403: "FORBIDDEN: the caller's roles do not allow this",
    404: "NOT_FOUND: no such resource",
    409: "INVALID_STATE: its state does not allow this",
    413: "INVALID_REQUEST: the body is too large",
    416: "INVALID_REQUEST: the range lies outside the content",
    500: "INTERNAL_ERROR: unexpected; logged, not explained",
    503: "INTERNAL_ERROR: something needed is unreachable; try again",
}


def shown(example: Any) -> dict[str, Any]:
    """Document an answer by an example."""
    return {"content": {"application/json": {"example": example}}}


def errors(*statuses: int) -> Responses:
    """Document these error answers, and those that every authenticated route can give."""
    return {
        status: {
            "model": ErrorEnvelope,
            "description": MEANINGS[status],
            **shown(examples.error(status)),
        }
        for status in sorted({400, 401, 403, 500, 503, *statuses})
    }


def errors_when_signed(*statuses: int) -> Responses:
    """Document these error answers of a route that a signature opens: no role is asked for."""
    documented = errors(*statuses)
    del documented[403]
    documented[401]["description"] = "UNAUTHORIZED: not signed by a known secret"
    return documented


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Repeating a request with the same key gives the first answer again.",
        max_length=255,
    ),
]
Storable = AfterValidator(without_nul)
RunId = Annotated[str, Path(max_length=200), Storable]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most rows of a page.")]
Cursor = Annotated[
    str, Query(max_length=500, description="`next_cursor` of the page before."), Storable
]
LIMIT_DEFAULT = PAGE_DEFAULT

SPAN_MAX_LENGTH = 40
"""A longer range names no real position; it is ignored like any other that makes no sense."""

Read = Callable[[int, int], AsyncIterator[bytes]]


def stream(
    request: Request, read: Read, size: int, media_type: str, **headers: str
) -> StreamingResponse:
    """Answer with content that supports one byte range (RFC 9110 §14)."""
    start, end, status = _range(request.headers.get("Range", ""), size)
    headers |= {"Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if status == 206:  # noqa: PLR2004 - Partial Content
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        read(start, end), status_code=status, media_type=media_type, headers=headers
    )


def _range(header: str, size: int) -> tuple[int, int, int]:
    unit, _, spans = header.partition("=")
    if unit.strip() != "bytes" or "," in spans:
        return 0, size, 200
    first, dash, last = spans.strip().partition("-")
    if not dash or not (first + last).isdecimal() or len(spans) > SPAN_MAX_LENGTH:
        return 0, size, 200
    if not first:
        start, end = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return 0, size, 200
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= size:
        raise RangeNotSatisfiableError(f"the range lies outside of {size} bytes", size=size)
    return start, end, 206
