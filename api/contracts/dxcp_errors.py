"""Every failure of `/v1` as the DXCP contract's envelope (spec §1.5)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.contracts import dxcp_deployment_codes as deployments
from deltaci.deployments.refusals import ConflictError, LockedError, PreconditionError
from deltaci.errors import (
    BuildConflictError,
    DeltaError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidRequestError,
    InvalidStateError,
    LimitedError,
    MutationsDisabledError,
    NotFoundError,
    PayloadTooLargeError,
    UnauthorizedError,
    UnavailableError,
)
from deltaci.wire.builds import Refusal

STATUS: Mapping[type[DeltaError], HTTPStatus] = {
    PayloadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    IdempotencyConflictError: HTTPStatus.CONFLICT,
    InvalidRequestError: HTTPStatus.BAD_REQUEST,
    UnauthorizedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    BuildConflictError: HTTPStatus.CONFLICT,
    ConflictError: HTTPStatus.CONFLICT,
    LockedError: HTTPStatus.LOCKED,
    PreconditionError: HTTPStatus.PRECONDITION_REQUIRED,
    InvalidStateError: HTTPStatus.CONFLICT,
    LimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    MutationsDisabledError: HTTPStatus.SERVICE_UNAVAILABLE,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Base classes stand for their subclasses; the nearest one counts."""

USER_ERRORS = frozenset(
    {
        "BUILD_REGISTRATION_CONFLICT",
        "ENVIRONMENT_DELETE_BLOCKED_REFERENCED",
        "ENVIRONMENT_TYPE_LOCKED",
        "IDMP_KEY_REQUIRED",
        "ID_MISMATCH",
        "INVALID_ARTIFACT",
        "INVALID_REQUEST",
        "INVALID_STATUS",
        "INVALID_VERSION",
        "MISSING_ENGINE_APP",
        "RECIPE_BEHAVIOR_REQUIRED",
        "RECIPE_ID_REQUIRED",
        "RECIPE_NAME_REQUIRED",
        "RECIPE_NOT_FOUND",
    }
)
POLICY_CHANGES = frozenset(
    {
        "AUTHZ_ROLE_REQUIRED",
        "ENVIRONMENT_RETIRED",
        "MUTATIONS_DISABLED",
        "QUOTA_EXCEEDED",
        "RATE_LIMITED",
        "RECIPE_IN_USE",
        "ROLE_FORBIDDEN",
        "SERVICE_NOT_ALLOWLISTED",
        "UNAUTHORIZED",
    }
)
OF_THE_FRAMEWORK = {404: ("NOT_FOUND", "no such path"), 405: ("INVALID_REQUEST", "wrong method")}
RETRY_AFTER_SECONDS = "1"
UNEXPECTED = "an unexpected error; the log has it under the request's id"


def refuse(error: Exception) -> JSONResponse:
    """Turn any exception into the contract's answer; what is unexpected is not explained."""
    if isinstance(error, DeltaError):
        details = deployments.details_of(error, status_of, cause_of)
        return _answer(status_of(error), error.code, error.message, details, _headers(error))
    if isinstance(error, RequestValidationError):
        details = _faults(error)
        named = ", ".join([*details["missing_fields"], *details["invalid_fields"]])
        message = f"missing or invalid: {named}" if named else "the body is not a JSON object"
        return _answer(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", message, details)
    if isinstance(error, HTTPException):
        code, message = OF_THE_FRAMEWORK.get(error.status_code, ("INVALID_REQUEST", error.detail))
        return _answer(error.status_code, code, message, headers=error.headers)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", UNEXPECTED)


def _answer(
    status: int,
    code: str,
    message: str,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = Refusal(
        code=code,
        error_code=code,
        failure_cause=cause_of(code),
        message=message,
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        details=dict(details) if details else None,
    )
    content = body.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status_code=status, headers=dict(headers or {}))


def status_of(error: DeltaError) -> HTTPStatus:
    """Return the HTTP status of a failure that is known."""
    known = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return next(known, HTTPStatus.INTERNAL_SERVER_ERROR)


def cause_of(code: str) -> str:
    """Say whether the caller, a policy or nobody knows is why."""
    if code in USER_ERRORS | deployments.USER_ERRORS:
        return "USER_ERROR"
    is_policy = code in POLICY_CHANGES | deployments.POLICY_CHANGES
    return "POLICY_CHANGE" if is_policy else "UNKNOWN"


def _headers(error: DeltaError) -> dict[str, str]:
    if isinstance(error, LimitedError):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, UnauthorizedError):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": RETRY_AFTER_SECONDS} if isinstance(error, UnavailableError) else {}


def _faults(error: RequestValidationError) -> dict[str, list[str]]:
    """Name every field that is missing and every one that is invalid; never what was sent."""
    missing: set[str] = set()
    invalid: set[str] = set()
    for fault in error.errors():
        field = ".".join(str(part) for part in fault["loc"][1:])
        if field:
            (missing if fault["type"] == "missing" else invalid).add(field)
    return {"missing_fields": sorted(missing), "invalid_fields": sorted(invalid - missing)}
