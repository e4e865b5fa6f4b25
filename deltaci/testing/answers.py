"""Answers of the public API for a scripted one: small, complete, and easy to vary."""

from typing import Any

_BEGAN = "2026-01-01T00:00:00.000Z"
_TIMES = {"created_at": _BEGAN, "updated_at": _BEGAN}


def job_answer(name: str, state: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    """A job with one attempt of 65 seconds in the same state; `more` goes into the job."""
    attempt = {
        "id": f"attempt_{name}",
        "job_id": f"job_{name}",
        "attempt_number": 1,
        "state": state,
        "started_at": _BEGAN,
        "completed_at": "2026-01-01T00:01:05.000Z",
        **_TIMES,
    }
    job = {
        "id": f"job_{name}",
        "run_id": "run_1",
        "name": name,
        "required": True,
        "state": state,
        "attempt_count": 1,
        **_TIMES,
        **more,
    }
    return {"job": job, "attempts": [attempt], "artifacts": [], "failure_explanations": []}


def run_answer(state: str, *jobs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The run `run_1` with these jobs; `more` goes into the run."""
    run = {
        "id": "run_1",
        "repo_id": "demo",
        "ref": "main",
        "commit_sha": "0123456789abcdef",
        "state": state,
        **_TIMES,
        **more,
    }
    return {"run": run, "jobs": list(jobs)}


def explanation_answer(name: str, summary: str, details: str) -> dict[str, Any]:
    """Why the attempt of `job_answer(name)` failed."""
    return {
        "id": 1,
        "job_attempt_id": f"attempt_{name}",
        "category": "USER",
        "summary": summary,
        "confidence": "HIGH",
        "rule_version": "v2",
        "signals": {},
        "details": details,
        "created_at": _BEGAN,
    }
