"""What the routes of `/v1` document of how they answer and refuse."""

from typing import Any

from api.answers import Responses, shown
from api.contracts.dxcp_errors import cause_of
from deltaci.wire.builds import Refusal

ERRORS = {
    400: ("INVALID_REQUEST", "missing or invalid: version"),
    401: ("UNAUTHORIZED", "The request carries no valid credential."),
    403: ("ROLE_FORBIDDEN", "The caller's role may not do this."),
    404: ("NOT_FOUND", "No such thing."),
    409: ("INVALID_STATE", "it was changed meanwhile; read it again, and change what it is now"),
    423: ("NO_DEPLOY_WINDOW", "deployments are frozen until 2026-01-05T08:00:00Z"),
    428: ("APPROVAL_REQUIRED", "0 of 1 approvals are given"),
    413: ("INVALID_REQUEST", "the body is larger than 1048576 bytes"),
    429: ("RATE_LIMITED", "60 such requests a minute are allowed"),
    500: ("INTERNAL_ERROR", "an unexpected error; the log has it under the request's id"),
    503: ("MUTATIONS_DISABLED", "An admin has switched off everything that changes something."),
}
"""Code and message of one answer of each status."""

REPLAYED = "Idempotency-Replayed"
"""Whether the answer is that of an earlier request with the same key."""

EVERYWHERE = frozenset({400, 401, 403, 429, 500, 503})


def with_header(name: str, **schema: Any) -> dict[str, Any]:
    """Document a header of an answer."""
    return {"headers": {name: {"schema": {"type": "string", **schema}}}}


REPLAY_HEADER = with_header(REPLAYED, enum=["true", "false"])


def refusals(*statuses: int) -> Responses:
    """Document these refusals, and those that every route of `/v1` can give."""
    return {
        status: {
            "model": Refusal,
            "description": ": ".join(ERRORS[status]),
            **shown(_example(*ERRORS[status])),
        }
        for status in sorted({*EVERYWHERE, *statuses})
    }


def _example(code: str, message: str) -> dict[str, str]:
    return {
        "code": code,
        "error_code": code,
        "failure_cause": cause_of(code),
        "message": message,
        "request_id": "req_0",
    }
