"""Every failure of the Versioner contract as its `{"detail": …}` (spec §1.7), byte for byte."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.contracts.versioner_faults import fault_of
from deltaci.errors import (
    BlockedError,
    DeltaError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidRequestError,
    InvalidStateError,
    LimitedError,
    NotFoundError,
    PayloadTooLargeError,
    UnauthorizedError,
    UnavailableError,
)
from deltaci.states import IllegalTransitionError
from deltaci.wire.refusals import Blocked, BlockedTwice, Fault, Faulty, Told

STATUS: Mapping[type[DeltaError], HTTPStatus] = {
    PayloadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    IdempotencyConflictError: HTTPStatus.CONFLICT,
    InvalidRequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnauthorizedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    InvalidStateError: HTTPStatus.CONFLICT,
    LimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Base classes stand for their subclasses; the nearest one counts. Anything else is 500."""

SAYINGS: Mapping[int, str] = {
    401: "Invalid authentication credentials",
    403: "You do not have permission to perform this action",
    404: "Not found",
    500: "Internal server error",
    503: "Service temporarily unavailable",
}
"""What the contract says whatever the reason; the others say their own."""

RETRY_AFTER_SECONDS = "1"


def refuse(error: Exception) -> JSONResponse:
    """Turn any exception into the contract's answer; what is unexpected is not explained."""
    match error:
        case BlockedError():
            return _refuse_blocked(error)
        case DeltaError():
            return _refuse_known(error)
        case IllegalTransitionError():
            return _say(HTTPStatus.CONFLICT, str(error))
        case RequestValidationError():
            return _refuse_faults([fault_of(fault) for fault in error.errors()])
        case HTTPException():
            return _say(error.status_code, str(error.detail), error.headers)
        case _:
            return _say(HTTPStatus.INTERNAL_SERVER_ERROR, "")


def _refuse_known(error: DeltaError) -> JSONResponse:
    known = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    status = next(known, HTTPStatus.INTERNAL_SERVER_ERROR)
    if status is HTTPStatus.UNPROCESSABLE_ENTITY:
        loc = error.details.get("loc", ["body"])
        return _refuse_faults([Fault(loc=loc, msg=error.message, type="value_error")])
    if isinstance(error, LimitedError):
        seconds = error.retry_after_seconds
        return _say(status, f"Rate limit exceeded. Try again in {seconds} seconds.", limits(error))
    headers = {}
    if isinstance(error, UnauthorizedError):
        headers = {"WWW-Authenticate": "Bearer"}
    if isinstance(error, UnavailableError):
        headers = {"Retry-After": RETRY_AFTER_SECONDS}
    return _say(status, error.message, headers)


def limits(error: LimitedError) -> dict[str, str]:
    """Return the headers of a refusal for having come too often."""
    headers = {"Retry-After": str(error.retry_after_seconds)}
    if "limit" in error.details:
        headers["X-RateLimit-Limit"] = str(error.details["limit"])
        headers["X-RateLimit-Remaining"] = "0"
    if "resets_at" in error.details:
        headers["X-RateLimit-Reset"] = str(error.details["resets_at"])
    return headers


def _say(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = Told(detail=SAYINGS.get(status, sentence))
    return JSONResponse(body.model_dump(), status_code=status, headers=dict(headers or {}))


def _refuse_faults(faults: list[Fault]) -> JSONResponse:
    return _json(HTTPStatus.UNPROCESSABLE_ENTITY, Faulty(detail=faults).model_dump())


def _refuse_blocked(error: BlockedError) -> JSONResponse:
    blocked: dict[str, Any] = {
        "message": error.message,
        "code": error.code,
        "retry_after": error.retry_after.isoformat() if error.retry_after else None,
        "details": error.details,
    }
    body = BlockedTwice(**blocked, detail=Blocked(**blocked))
    return _json(error.http_status, body.model_dump(mode="json", exclude_none=True))


def _json(status: int, content: dict[str, Any]) -> JSONResponse:
    return JSONResponse(content, status_code=status)
