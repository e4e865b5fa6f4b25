"""docs/reference/errors.md, from the types of failures and the table of statuses."""

from collections.abc import Mapping
from http import HTTPStatus

from api.contracts.delta_ci_errors import STATUS
from deltaci.cli.exits import MEANINGS
from deltaci.errors import DeltaError
from deltaci.wire.runner import StaleReason

HEAD = """\
# Errors

Written by `make docs` from `deltaci/errors.py`, the API's table of statuses and the command line's
table of exit codes.

## Answers of the API

Every failure of `/api/v1` has this shape, those of unknown routes included:

```json
{
  "error": {
    "code": "INVALID_STATE",
    "message": "Cannot cancel a completed run",
    "details": {"state": "SUCCEEDED"}
  }
}
```

`code` is for programs and stable, `message` is for people and may change, `details` holds facts
that depend on the error. The header `X-Request-Id` of the answer names the line of the API's log
about it. An answer never repeats what was sent, for that may hold a secret.

| status | code | meaning |
|---|---|---|
"""

REST = """\

An `Idempotency-Key` that was already used for a different request is 400 `INVALID_REQUEST`. With
503 comes `Retry-After`; a request with a key can be repeated safely. With 401 comes
`WWW-Authenticate: Bearer`, with 416 the size as `Content-Range`.

## Stale leases

A runner's message about a lease that no longer counts is answered 409 with the code `STALE_LEASE`
and, beside `error`, the protocol's own form: `"type": "StaleLease"` and a `reason`. It has changed
nothing, and the runner must stop the job without another word about it.

| reason | meaning |
|---|---|
"""

REASONS: Mapping[StaleReason, str] = {
    StaleReason.LEASE_EXPIRED: "its time was up, or it had ended already",
    StaleReason.LEASE_REVOKED: "the job was ended without its runner, or handed back by it",
    StaleReason.UNKNOWN_LEASE: "no such lease, another runner's, or one not acknowledged yet",
}

EXITS = """\

## Exit codes of `delta-ci`

| code | meaning |
|---|---|
"""


def render(_present: str) -> str:
    """The whole page."""
    kinds = sorted(STATUS.items(), key=lambda item: item[1])
    answers = [_row(kind, status) for kind, status in kinds]
    answers.append(_row(DeltaError, HTTPStatus.INTERNAL_SERVER_ERROR))
    reasons = [f"| `{reason}` | {REASONS[reason]} |" for reason in StaleReason]
    exits = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    return HEAD + _lines(answers) + REST + _lines(reasons) + EXITS + _lines(exits)


def _row(kind: type[DeltaError], status: HTTPStatus) -> str:
    meaning = "An unexpected failure; it was logged." if kind is DeltaError else kind.__doc__ or ""
    return f"| {status.value} {status.phrase} | `{kind.code}` | {meaning.strip()} |"


def _lines(rows: list[str]) -> str:
    return "\n".join(rows) + "\n"
