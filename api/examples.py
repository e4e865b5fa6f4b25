"""Examples of the published contract (seed «API Contracts»), shown in the OpenAPI document."""

from typing import Any

_CREATED, _BEGAN, _ENDED = "2026-01-12T08:00:00Z", "2026-01-12T08:01:00Z", "2026-01-12T08:05:00Z"
_LOG = "s3://delta-ci-artifacts/runs/run_456/jobs/job_123/log.txt"

CREATE_RUN: dict[str, Any] = {
    "repo_id": "repo_123",
    "ref": "refs/heads/main",
    "reason": "manual",
}
RUN_ACCEPTED: dict[str, Any] = {"run_id": "run_456", "state": "CREATED"}
CANCEL_ACCEPTED: dict[str, Any] = {"run_id": "run_456", "state": "CANCEL_REQUESTED"}
RERUN: dict[str, Any] = {"jobs": ["test"]}
RERUN_ACCEPTED: dict[str, Any] = {
    "run_id": "run_457",
    "original_run": "run_456",
    "state": "CREATED",
    "created": True,
    "idempotencyKey": "again-1",
}
RERUN_REPLAYED: dict[str, Any] = RERUN_ACCEPTED | {"created": False}
STALE_LEASE: dict[str, Any] = {
    "error": {
        "code": "STALE_LEASE",
        "message": "the lease no longer counts; nothing was changed",
        "details": {"reason": "LEASE_EXPIRED"},
    },
    "type": "StaleLease",
    "reason": "LEASE_EXPIRED",
}
CREATE_REPOSITORY: dict[str, Any] = {
    "repo_id": "repo_123",
    "url": "https://github.com/acme/shop.git",
    "provider": "github",
}
ADD_WEBHOOK_SECRET: dict[str, Any] = {"repo_id": "repo_123", "secret": "at-least-8-characters"}
WEBHOOK_RUN_CREATED: dict[str, Any] = {
    "outcome": "RUN_CREATED",
    "run_id": "run_456",
    "state": "CREATED",
}
WEBHOOK_IGNORED: dict[str, Any] = {
    "outcome": "IGNORED",
    "reason": "the pull request is a draft",
}
REPORT_RESENT: dict[str, Any] = {
    "run_id": "run_456",
    "provider": "github",
    "state": "PENDING",
    "reported_state": "SUCCEEDED",
    "updated_at": _ENDED,
}

BUILD: dict[str, Any] = {
    "service": "demo-service",
    "version": "1.2.3",
    "artifactRef": "s3://artifact-bucket/demo-service/demo-service-1.2.3.zip",
    "git_sha": "<git_sha>",
    "git_branch": "main",
    "ci_provider": "github",
    "ci_run_id": "<ci_run_id>",
    "built_at": "2026-02-27T00:00:00Z",
}
"""As the DXCP contract's seed prints it, placeholders included."""
ADD_SERVICE: dict[str, Any] = {
    "service_name": "demo-service",
    "allowed_artifact_sources": ["s3://artifact-bucket/demo-service"],
}

_JOB: dict[str, Any] = {
    "id": "job_123",
    "run_id": "run_456",
    "name": "build",
    "required": True,
    "state": "SUCCEEDED",
    "attempt_count": 1,
    "reason": "go build triggered by code change",
    "created_at": _CREATED,
    "updated_at": _ENDED,
}
_ATTEMPT: dict[str, Any] = {
    "id": "attempt_abc",
    "job_id": "job_123",
    "attempt_number": 1,
    "state": "SUCCEEDED",
    "created_at": _CREATED,
    "updated_at": _ENDED,
    "started_at": _BEGAN,
    "completed_at": _ENDED,
}
_ARTIFACT: dict[str, Any] = {
    "id": 1,
    "job_attempt_id": "attempt_abc",
    "type": "log",
    "uri": _LOG,
    "created_at": _ENDED,
}
_EXPLANATION: dict[str, Any] = {
    "id": 1,
    "job_attempt_id": "attempt_abc",
    "category": "USER",
    "summary": "Test step failed (exit code 1).",
    "confidence": "MEDIUM",
    "rule_version": "v2",
    "signals": {
        "exit_code": 1,
        "attempt_number": 1,
        "duration_seconds": 240,
        "cache_events": [{"type": "deps", "key": "go:deps:...", "hit": False, "read_only": True}],
        "artifact_types": ["log"],
        "has_log": True,
    },
    "details": f"Observed: exit status 1 | Log: {_LOG}",
    "created_at": "2026-01-12T08:05:01Z",
}
RUN_DETAIL: dict[str, Any] = {
    "run": {
        "id": "run_456",
        "repo_id": "repo_123",
        "ref": "refs/heads/main",
        "commit_sha": "abc123",
        "state": "SUCCEEDED",
        "created_at": _CREATED,
        "updated_at": _ENDED,
    },
    "jobs": [
        {
            "job": _JOB,
            "attempts": [_ATTEMPT],
            "artifacts": [_ARTIFACT],
            "failure_explanations": [_EXPLANATION],
        }
    ],
    "plan": {
        "recipe_source": "discovery",
        "fingerprint": "sha256:...",
        "explain": "diff-aware planner v1: discovered go.mod; changed paths: main.go; code change",
        "skipped_jobs": [],
    },
}

ERRORS: dict[int, tuple[str, str]] = {
    400: ("INVALID_REQUEST", "the request is not valid: body.ref"),
    401: ("UNAUTHORIZED", "The request carries no valid credential."),
    403: ("FORBIDDEN", "The caller is known and may not do this."),
    404: ("NOT_FOUND", "no run 'run_456'"),
    409: ("INVALID_STATE", "Cannot cancel a completed run"),
    413: ("INVALID_REQUEST", "the body is larger than 1048576 bytes"),
    416: ("INVALID_REQUEST", "the range lies outside of 42 bytes"),
    500: ("INTERNAL_ERROR", "an unexpected failure; it was logged"),
    503: ("INTERNAL_ERROR", "the database cannot be used right now; try again"),
}
"""Code and message of one answer of each status."""


def error(status: int) -> dict[str, Any]:
    """Return an example of the error envelope."""
    code, message = ERRORS[status]
    return {"error": {"code": code, "message": message, "details": {}}}
