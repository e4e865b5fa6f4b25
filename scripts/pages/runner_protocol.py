"""docs/reference/runner-protocol.md, from the wire models and examples that they accept."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from deltaci.wire.runner import (
    AckLease,
    Acknowledged,
    CancelAck,
    Complete,
    CompleteAck,
    HandBack,
    Heartbeat,
    HeartbeatAck,
    LeaseGranted,
    LeaseRequest,
)

HEAD = """\
# Runner protocol

Written by `make docs` from `deltaci/wire/runner.py`; every example is a message that the models
accept. What a runner does with it: [Run jobs on your machines](../how-to/runners.md).

A runner talks JSON over HTTP to the paths below, with a token of the role `runner`. It asks;
nothing ever connects to it:

```mermaid
sequenceDiagram
    participant R as runner
    participant C as control plane
    R->>C: lease (held open until there is a job)
    C-->>R: LeaseGranted, or 204
    R->>C: ack-lease
    loop every heartbeat_interval_seconds
        R->>C: heartbeat
        C-->>R: cancel_requested?
    end
    R->>C: logs, artifacts
    R->>C: complete, or cancel-ack, or release
```

## Rules

- `runner_id` is the subject of the token; any other is answered 403.
- A lease id is a credential. It travels in these bodies and in the header `Delta-Lease` of uploads,
  never in a URL or a log.
- A lease must be acknowledged within `DELTA_CI_ACK_TIMEOUT_SECONDS`, and lives `lease_ttl_seconds`
  after each heartbeat. The server's clock alone decides; times that runners send are advisory.
- Whatever names a lease that no longer counts changes nothing and is answered 409 with a
  [reason](errors.md#stale-leases). The runner then stops the job and is silent about it.
- Repeating a message after a lost answer is safe: the same acknowledgement, completion or cancel
  acknowledgement gets the same answer. A different completion of the same lease is stale.
- `cancel_requested` asks the runner to stop within `cancel_deadline_seconds` and to send
  cancel-ack. After that, the job is ended without it. A completion that crosses a cancel counts as
  cancelled. With `wait_seconds`, the answer to a heartbeat is held back until there is such news.
- A runner holds at most `DELTA_CI_RUNNER_MAX_LEASES` leases; its token may allow it only some
  labels and repositories.
- Fields outside the contract are ignored; unknown values of an enumeration are refused with 400.
- Offsets of logs and artifacts make uploads resumable: a wrong one is answered 409 with
  `details.next_offset`, from which the runner goes on.
"""

TAIL = """\

## Logs and artifacts

| call | query | headers | body | answer |
|---|---|---|---|---|
| `POST /api/v1/internal/logs` | `offset` | `Delta-Lease` | the bytes | `next_offset` |
| `PUT /api/v1/internal/artifacts` | `type`, `name`, `offset`, `total` | `Delta-Lease`, `Delta-SHA256` | one chunk | `next_offset`; `artifact` with the last |

`Delta-SHA256` is that of the whole file; when the whole does not match it, the upload begins anew.
A log over `DELTA_CI_LOG_MAX_BYTES` and an artifact over `DELTA_CI_ARTIFACT_MAX_BYTES` are answered
413; the result of the job does not depend on either.
"""  # noqa: E501 - rows of a table

LEASE = "lease_4f1d…"
JOB = "job_01a200c1…"
RUNNER = "builder-1"
ABOUT = {"lease_id": LEASE, "runner_id": RUNNER}
GRANTED = {
    "run_id": "run_01a200c1…",
    "job_id": JOB,
    "lease_id": LEASE,
    "lease_ttl_seconds": 120,
    "heartbeat_interval_seconds": 20,
    "max_runtime_seconds": 3600,
    "job_spec": {"name": "test:libs/money", "steps": ["pytest -q"], "workdir": "libs/money"},
    "checkout": {
        "repo_id": "shop",
        "url": "https://git.example.test/shop.git",
        "commit_sha": "e3f6b386ac0f9d1c7a5be2f04d3c6a1b8e9f7052",
        "ref": "main",
        "fork": False,
    },
    "attempt_number": 1,
}
FAILED = {
    **ABOUT,
    "status": "FAILED",
    "exit_code": 1,
    "steps": [{"index": 0, "command": "pytest -q", "exit_code": 1, "duration_seconds": 1.7}],
    "tests": {"total": 3, "failed": 1, "failures": [{"name": "test_halves", "message": "3 != 2"}]},
    "caches": [{"type": "deps", "key": "pip-9f2c", "hit": True}],
    "summary": "step 1 'pytest -q' failed: exit status 1",
}
Example = Mapping[str, Any]
CALLS: tuple[tuple[str, type[BaseModel], Example, type[BaseModel], Example], ...] = (
    (
        "lease",
        LeaseRequest,
        {"runner_id": RUNNER, "capabilities": ["linux", "os:linux", "executor:process"]},
        LeaseGranted,
        GRANTED,
    ),
    (
        "ack-lease",
        AckLease,
        {**ABOUT, "job_id": JOB},
        Acknowledged,
        {"lease_id": LEASE},
    ),
    (
        "heartbeat",
        Heartbeat,
        {**ABOUT, "progress": {"current_step": "pytest -q", "step_index": 0}},
        HeartbeatAck,
        {
            "lease_id": LEASE,
            "extend_lease": True,
            "new_lease_ttl_seconds": 120,
            "cancel_requested": True,
            "cancel_deadline_seconds": 28,
            "cancel_reason": "RUN_CANCELED",
        },
    ),
    ("complete", Complete, FAILED, CompleteAck, {"lease_id": LEASE}),
    ("cancel-ack", CancelAck, ABOUT, Acknowledged, {"lease_id": LEASE}),
    ("release", HandBack, ABOUT, Acknowledged, {"lease_id": LEASE}),
)


def render(_present: str) -> str:
    """The whole page."""
    return HEAD + "".join(_call(*call) for call in CALLS) + TAIL


def _call(
    path: str, sent: type[BaseModel], question: Example, given: type[BaseModel], answer: Example
) -> str:
    return "\n".join(
        [
            f"\n## `POST /api/v1/internal/{path}`\n",
            *_message(sent, question),
            "The answer:\n",
            *_message(given, answer),
        ]
    )


def _message(model: type[BaseModel], example: Example) -> list[str]:
    fields = [
        f"| `{name}` | {'required' if field.is_required() else _default(field.default)} |"
        for name, field in model.model_fields.items()
    ]
    shown = model.model_validate(example).model_dump(mode="json", exclude_unset=True)
    if "type" in model.model_fields:
        shown = {"type": model.__name__, **shown}
    document = json.dumps(shown, indent=2, ensure_ascii=False)
    head = [f"`{model.__name__}`", "", "| field | |", "|---|---|"]
    return [*head, *fields, "", f"```json\n{document}\n```\n"]


def _default(value: object) -> str:
    return "" if value is None or value in ("", []) else f"`{json.dumps(value)}`"
