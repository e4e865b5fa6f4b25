"""Every failure of `/api/v1` as the Delta CI contract's envelope (seed «Error Handling»)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
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

log = structlog.get_logger(__name__)

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


def install_error_handlers(app: FastAPI) -> None:
    """Answer every failure in the envelope, those of the framework included."""
    app.add_exception_handler(DeltaError, _on_delta_error)
    app.add_exception_handler(IllegalTransitionError, _on_lost_race)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_framework_error)
    app.add_exception_handler(Exception, _on_unexpected)


def envelope(
    status: int, code: str, message: str, details: dict[str, Any] | None = None, **beside: Any
) -> JSONResponse:
    """Build an error answer; `beside` adds fields next to `error`."""
    body = ErrorEnvelope(error=ErrorBody(code=code, message=message, details=details or {}))
    return JSONResponse({**body.model_dump(mode="json"), **beside}, status_code=status)


async def _on_delta_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeltaError)  # noqa: S101 - registered for this type only
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
        log.warning("unavailable", reason=error.message, cause=str(error.__cause__ or ""))
        answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def _stale_form(error: StaleLeaseError) -> dict[str, str]:
    """Name the reason in the runner protocol's own message too (spec §3.3)."""
    return {"type": "StaleLease", "reason": error.reason}


async def _on_lost_race(_request: Request, error: Exception) -> JSONResponse:
    return envelope(HTTPStatus.CONFLICT, InvalidStateError.code, str(error))


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    """Name each faulty field, and never echo what was sent: it may hold a secret."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
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


async def _on_framework_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    fallback = "INTERNAL_ERROR" if error.status_code >= 500 else InvalidRequestError.code  # noqa: PLR2004 - HTTP's own classes
    code = FRAMEWORK_CODES.get(error.status_code, fallback)
    answer = envelope(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", method=request.method, route=request.url.path, exc_info=error)
    return envelope(
        HTTPStatus.INTERNAL_SERVER_ERROR, DeltaError.code, "an unexpected failure; it was logged"
    )
