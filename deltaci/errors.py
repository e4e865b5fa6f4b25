"""What can go wrong, as types with a stable code. The HTTP status is a table at the edge."""

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
