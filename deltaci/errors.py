"""What can go wrong, as types with a stable code. The HTTP status is a table at the edge."""

from datetime import datetime
from typing import Any


class DeltaError(Exception):
    """Base of every failure that a caller may be told about.

    A subclass without a message of its own says its docstring.
    """

    code = "INTERNAL_ERROR"

    def __init__(self, message: str = "", **details: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.details = details
        super().__init__(self.message)


class InvalidRequestError(DeltaError):
    """The request is malformed or names something impossible."""

    code = "INVALID_REQUEST"


class PayloadTooLargeError(InvalidRequestError):
    """The request is larger than the server accepts."""


class RangeNotSatisfiableError(InvalidRequestError):
    """The range lies outside the content."""


class UnauthorizedError(DeltaError):
    """The request carries no valid credential."""

    code = "UNAUTHORIZED"


class ForbiddenError(DeltaError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"


class NotFoundError(DeltaError):
    """No such thing."""

    code = "NOT_FOUND"


class InvalidStateError(DeltaError):
    """The thing's state does not allow this."""

    code = "INVALID_STATE"


class IdempotencyConflictError(InvalidRequestError):
    """The Idempotency-Key was already used for a different request."""


class StaleLeaseError(DeltaError):
    """The lease no longer counts; nothing was changed."""

    code = "STALE_LEASE"

    def __init__(self, reason: str) -> None:
        super().__init__("the lease no longer counts; nothing was changed", reason=reason)
        self.reason = reason


class UnavailableError(DeltaError):
    """A part that this request needs is not reachable; try again."""


# The DXCP contract's own refusals; each keeps its code wherever it is shown.


class InvalidVersionError(InvalidRequestError):
    """The version is not of the form MAJOR.MINOR.PATCH[-PRERELEASE]."""

    code = "INVALID_VERSION"


class InvalidArtifactError(InvalidRequestError):
    """The artifact is not where or what the request says."""

    code = "INVALID_ARTIFACT"


class KeyRequiredError(InvalidRequestError):
    """The request needs an Idempotency-Key."""

    code = "IDMP_KEY_REQUIRED"


class RoleRequiredError(ForbiddenError):
    """The token carries no role that is known here."""

    code = "AUTHZ_ROLE_REQUIRED"


class RoleForbiddenError(ForbiddenError):
    """The caller's role may not do this."""

    code = "ROLE_FORBIDDEN"


class CiOnlyError(ForbiddenError):
    """Only CI publisher identities can register builds."""

    code = "CI_ONLY"


class ProductUnknownError(ForbiddenError):
    """The service is not one that builds can be registered for."""

    code = "SERVICE_NOT_ALLOWLISTED"


class BuildConflictError(DeltaError):
    """The key, or the version, belongs to a different build."""

    code = "BUILD_REGISTRATION_CONFLICT"


class LimitedError(DeltaError):
    """The caller did this too often."""

    code = "RATE_LIMITED"

    def __init__(self, message: str = "", *, retry_after_seconds: int, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after_seconds = retry_after_seconds


class QuotaExceededError(LimitedError):
    """The caller's quota for today is used up."""

    code = "QUOTA_EXCEEDED"


class MutationsDisabledError(DeltaError):
    """An admin has switched off everything that changes something."""

    code = "MUTATIONS_DISABLED"


# The Versioner contract's own refusal.


class BlockedError(DeltaError):
    """Rules or approvals do not allow this attempt; `http_status` is 409, 423 or 428."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        http_status: int,
        retry_after: datetime | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.code = code
        self.http_status = http_status
        self.retry_after = retry_after
