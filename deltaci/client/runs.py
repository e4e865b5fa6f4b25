"""Runs over HTTP."""

import uuid
from collections.abc import Mapping, Sequence
from typing import cast

from deltaci.client.errors import ApiRefusedError
from deltaci.client.shapes import RerunAccepted, RunAccepted, RunDetail, RunPage
from deltaci.client.transport import Request, Transport, segment

RUNS = "/api/v1/runs"
RANGE_NOT_SATISFIABLE = 416


class Runs:
    """Create, read, cancel and rerun runs, and read the logs of their jobs."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self, repo_id: str, ref: str, *, reason: str = "manual", key: str = ""
    ) -> RunAccepted:
        """Create a run. The same `key` never creates two; without one, each call creates one."""
        body = {"repo_id": repo_id, "ref": ref, "reason": reason}
        return cast("RunAccepted", self._transport.fetch(_keyed(RUNS, body, key)))

    def page(self, filters: Mapping[str, str], *, limit: int = 20, cursor: str = "") -> RunPage:
        """One page of runs, newest first. Filters: `repo`, `ref`, `state`; empty ones match all."""
        query = {**filters, "limit": limit, "cursor": cursor}
        return cast("RunPage", self._transport.fetch(Request("GET", RUNS, query)))

    def get(self, run_id: str) -> RunDetail:
        """One run with its jobs, attempts and plan."""
        return cast("RunDetail", self._transport.fetch(Request("GET", _path(run_id))))

    def cancel(self, run_id: str) -> RunAccepted:
        """Ask a run to stop. Repeating it is harmless."""
        request = Request("POST", f"{_path(run_id)}/cancel")
        return cast("RunAccepted", self._transport.fetch(request))

    def rerun(self, run_id: str, *, jobs: Sequence[str] = (), key: str = "") -> RerunAccepted:
        """Run it again as a new run: all of it, or the named jobs and what they need."""
        body = {"jobs": list(jobs)} if jobs else {}
        request = _keyed(f"{_path(run_id)}/rerun", body, key)
        return cast("RerunAccepted", self._transport.fetch(request))

    def log(
        self, run_id: str, job: str, *, attempt: int | None = None, start: int = 0, last: int = 0
    ) -> bytes:
        """Log bytes of a job's attempt (None means the newest) from byte `start` on.

        `last` asks for that many bytes from the end instead. Empty when there are none yet.
        """
        headers = {"Accept": "text/plain"}
        if last or start:
            headers["Range"] = f"bytes=-{last}" if last else f"bytes={start}-"
        path = f"{_path(run_id)}/jobs/{segment(job)}/logs"
        request = Request("GET", path, {"attempt": attempt}, headers=headers)
        try:
            return self._transport.download(request)
        except ApiRefusedError as error:
            if error.status == RANGE_NOT_SATISFIABLE:
                return b""
            raise


def _path(run_id: str) -> str:
    return f"{RUNS}/{segment(run_id)}"


def _keyed(path: str, body: object, key: str) -> Request:
    # Our own key makes it safe to send the request again after a broken connection.
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return Request("POST", path, body=body, headers=headers)
