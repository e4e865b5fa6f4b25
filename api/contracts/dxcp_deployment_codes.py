"""Whose fault a refusal of a deployment is (spec §1.5), and how all of them are told at once."""

from collections.abc import Callable, Mapping
from typing import Any

from deltaci.deployments.refusals import RefusedError
from deltaci.errors import DeltaError

USER_ERRORS = frozenset(
    {
        "ENVIRONMENT_REQUIRED",
        "INVALID_ENVIRONMENT",
        "PROMOTION_PATH_NOT_ALLOWED",
        "PROMOTION_TARGET_REQUIRED",
        "PROMOTION_VERSION_INELIGIBLE",
        "RECIPE_ID_MISMATCH",
        "RECIPE_NOT_FOUND",
        "VERSION_NOT_FOUND",
    }
)
POLICY_CHANGES = frozenset(
    {
        "APPROVAL_REJECTED",
        "APPROVAL_REQUIRED",
        "ARTIFACT_NOT_FOUND",
        "CONCURRENCY_LIMIT_REACHED",
        "CONCURRENT_DEPLOYMENT",
        "DEPLOYMENT_IN_PROGRESS",
        "ENVIRONMENT_DISABLED",
        "ENVIRONMENT_NOT_ALLOWED",
        "ENVIRONMENT_PINNED",
        "ENVIRONMENT_RETIRED",
        "FLOW_VIOLATION",
        "INSUFFICIENT_SOAK_TIME",
        "NO_DEPLOY_WINDOW",
        "PRE_STEPS_REQUIRED",
        "QUALITY_APPROVAL_REQUIRED",
        "RECIPE_DEPRECATED",
        "RECIPE_INCOMPATIBLE",
        "RECIPE_NOT_ALLOWED",
        "SELF_APPROVAL",
        "SERVICE_NOT_IN_DELIVERY_GROUP",
    }
)

Status = Callable[[DeltaError], int]
Cause = Callable[[str], str]


def details_of(error: DeltaError, status: Status, cause: Cause) -> Mapping[str, Any]:
    """Return a refusal's details, with every violation of the same question."""
    if not isinstance(error, RefusedError):
        return error.details
    told = [_violation(each, status, cause) for each in error.violations]
    return {**error.details, "violations": told}


def _violation(refusal: RefusedError, status: Status, cause: Cause) -> dict[str, Any]:
    retry_after = refusal.retry_after
    return {
        "code": refusal.code,
        "message": refusal.message,
        "http_status": status(refusal),
        "failure_cause": cause(refusal.code),
        "retry_after": retry_after.isoformat() if retry_after else None,
        "override_roles": list(refusal.override_roles),
        "waits": refusal.waits,
        "details": refusal.details,
    }
