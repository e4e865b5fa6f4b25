"""The Delta CI contract's error envelope (seed «Error Structure»)."""

from typing import Any

from deltaci.wire.values import WireModel


class ErrorBody(WireModel):
    """What went wrong: a stable code, a sentence for people, and facts for programs."""

    code: str
    message: str
    details: dict[str, Any] = {}


class ErrorEnvelope(WireModel):
    """Every error answer of `/api/v1`."""

    error: ErrorBody
