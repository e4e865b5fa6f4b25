"""How the Versioner contract says no (seed «Error Responses»)."""

from typing import Any

from deltaci.wire.values import WireModel


class Fault(WireModel):
    """One thing that is wrong with a request; never what was sent."""

    loc: list[str | int]
    """Where: `body`, `query`, `path` or `header`, and the way to the field."""
    msg: str
    type: str


class Told(WireModel):
    """A refusal in one sentence."""

    detail: str


class Faulty(WireModel):
    """A request that is not valid: one item for each fault."""

    detail: list[Fault]


class Blocked(WireModel):
    """An attempt that rules or approvals do not allow."""

    error: str = "deployment_blocked"
    message: str
    code: str
    retry_after: str | None = None
    """ISO 8601 with offset: when it would pass by itself."""
    details: dict[str, Any]


class BlockedTwice(Blocked):
    """The same five fields at the top and under `detail`: clients look in either place."""

    detail: Blocked
