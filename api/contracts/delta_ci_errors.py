"""Every failure of `/api/v1` as the Delta CI contract's envelope (seed «Error Handling»)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from deltaci.errors import (
    DeltaError,
    ForbiddenError,
    InvalidRequestError,
    InvalidStateError,
    NotFoundError,
    PayloadTooLargeError,
    RangeNotSatisfiableError,
    StaleLeaseError,
    UnauthorizedError,
    UnavailableError,
)
from deltaci.states import IllegalTransitionError
from deltaci.wire.errors import ErrorBody, ErrorEnvelope

STATUS: Mapping[type[DeltaError], HTTPStatus] = {
    PayloadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RangeNotSatisfiableError: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    InvalidRequestError: HTTPStatus.BAD_REQUEST,
    UnauthorizedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    InvalidStateError: HTTPStatus.CONFLICT,
    StaleLeaseError: HTTPStatus.CONFLICT,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The first type that fits counts; anything else is 500 and says nothing of its inside."""

FRAMEWORK_CODES: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: UnauthorizedError.code,
    HTTPStatus.FORBIDDEN: ForbiddenError.code,
    HTTPStatus.NOT_FOUND: NotFoundError.code,
}
RETRY_AFTER_SECONDS = "1"


def refuse(error: Exception) -> JSONResponse:
    """Return the envelope for any failure; what is not ours to explain is INTERNAL_ERROR."""
    match error:
        case DeltaError():
            return _refuse_known(error)
        case IllegalTransitionError():
            return envelope(HTTPStatus.CONFLICT, InvalidStateError.code, str(error))
        case RequestValidationError():
            return _refuse_invalid(error)
        case HTTPException():
            return _refuse_framework(error)
        case _:
            return _refuse_known(DeltaError("an unexpected failure; it was logged"))


def envelope(
    status: int, code: str, message: str, details: dict[str, Any] | None = None, **beside: Any
) -> JSONResponse:
    """Build an error answer; `beside` adds fields next to `error`."""
    body = ErrorEnvelope(error=ErrorBody(code=code, message=message, details=details or {}))
    return JSONResponse({**body.model_dump(mode="json"), **beside}, status_code=status)


def _refuse_known(error: DeltaError) -> JSONResponse:
    status = next(
        (status for kind, status in STATUS.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    stale = _stale_form(error) if isinstance(error, StaleLeaseError) else {}
    answer = envelope(status, error.code, error.message, error.details, **stale)
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RangeNotSatisfiableError):
        answer.headers["Content-Range"] = f"bytes */{error.details['size']}"
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def _stale_form(error: StaleLeaseError) -> dict[str, str]:
    """Name the reason in the runner protocol's own message too (spec §3.3)."""
    return {"type": "StaleLease", "reason": error.reason}


def _refuse_invalid(error: RequestValidationError) -> JSONResponse:
    """Name each faulty field, and never echo what was sent: it may hold a secret."""
    fields = [
        {"field": ".".join(str(part) for part in fault["loc"]), "problem": fault["msg"]}
        for fault in error.errors()
    ]
    named = ", ".join(field["field"] for field in fields)
    return envelope(
        HTTPStatus.BAD_REQUEST,
        InvalidRequestError.code,
        f"the request is not valid: {named}",
        {"fields": fields},
    )


def _refuse_framework(error: HTTPException) -> JSONResponse:
    fallback = (
        DeltaError.code
        if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        else InvalidRequestError.code
    )
    code = FRAMEWORK_CODES.get(error.status_code, fallback)
    answer = envelope(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer
