"""What a call to the control plane may raise. Messages never contain a token."""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """Base of every failure of a call."""


class InvalidAddressError(ClientError):
    """The text is no HTTP address."""


class UnreachableError(ClientError):
    """No usable answer: wrong address, nothing listening, a broken connection, or a 5xx gateway."""


class ApiRefusedError(ClientError):
    """The server understood the request and refused it, with its contract's error envelope."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with single fields of the request, as far as the server says."""
        fields = self.details.get("fields", ())
        faults = [each for each in fields if isinstance(each, Mapping)]
        return [f"{each.get('field', '?')}: {each.get('problem', '?')}" for each in faults]


class LimitedError(ApiRefusedError):
    """The caller did this too often, and may again after a while."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any],
        *,
        retry_after_seconds: float,
    ) -> None:
        super().__init__(status, code, message, details)
        self.retry_after_seconds = retry_after_seconds
