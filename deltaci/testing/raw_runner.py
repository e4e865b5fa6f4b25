"""The runner protocol spoken by hand, one message at a time, for tests that break its rules."""

import hashlib
from collections.abc import Mapping
from typing import Any

import httpx2

from deltaci.identity.roles import Role
from deltaci.testing.stack import CALL_TIMEOUT_SECONDS, LiveStack
from deltaci.testing.waiting import until
from deltaci.wire.runner import LEASE_HEADER

PREFIX = "/api/v1/internal"


class RawRunner:
    """Sends what it is told to and nothing by itself; every call returns the plain answer."""

    def __init__(self, stack: LiveStack, name: str, *, labels: tuple[str, ...] = ()) -> None:
        self.name = name
        self.granted: dict[str, Any] = {}
        self._labels = [*labels, "executor:process"]
        token = stack.token(name, Role.RUNNER, labels=labels)
        self._http = httpx2.Client(
            base_url=stack.urls[0] + PREFIX,
            headers={"Authorization": f"Bearer {token}"},
            timeout=CALL_TIMEOUT_SECONDS,
            trust_env=False,
        )

    def close(self) -> None:
        """Drop the connections."""
        self._http.close()

    @property
    def lease_id(self) -> str:
        """The credential of the lease that was granted last."""
        return str(self.granted["lease_id"])

    def ask(self, wait_seconds: float = 0) -> httpx2.Response:
        """Ask for a job, and remember it when there is one."""
        answer = self._post(
            "/lease", capabilities=self._labels, wait_seconds=wait_seconds, lease_id=None
        )
        if answer.status_code == httpx2.codes.OK:
            self.granted = answer.json()
        return answer

    def lease(self) -> None:
        """Ask until a job is granted."""
        until(lambda: self.ask(wait_seconds=5).status_code == httpx2.codes.OK, "a lease")

    def acknowledge(self) -> httpx2.Response:
        """Accept the lease."""
        return self._post("/ack-lease", job_id=self.granted["job_id"])

    def beat(self) -> httpx2.Response:
        """Send a heartbeat."""
        return self._post("/heartbeat")

    def begin(self) -> None:
        """Lease a job and bring it to RUNNING."""
        self.lease()
        for answer in (self.acknowledge(), self.beat()):
            answer.raise_for_status()

    def complete(self, status: str = "SUCCEEDED", **fields: Any) -> httpx2.Response:
        """Report the end of the job."""
        exit_code = 0 if status == "SUCCEEDED" else 1
        return self._post("/complete", **{"status": status, "exit_code": exit_code, **fields})

    def acknowledge_cancel(self) -> httpx2.Response:
        """Say that the job was stopped as asked."""
        return self._post("/cancel-ack", final_status="CANCELED")

    def hand_back(self) -> httpx2.Response:
        """Give the job back."""
        return self._post("/release")

    def log(self, text: str, offset: int = 0) -> httpx2.Response:
        """Append to the job's log."""
        headers = {LEASE_HEADER: self.lease_id, "Content-Type": "application/octet-stream"}
        return self._http.post(
            "/logs", params={"offset": offset}, headers=headers, content=text.encode()
        )

    def upload(self, name: str, whole: bytes, start: int, end: int) -> httpx2.Response:
        """Send the bytes [start, end) of an artifact."""
        headers = {
            LEASE_HEADER: self.lease_id,
            "Delta-SHA256": hashlib.sha256(whole).hexdigest(),
            "Content-Type": "application/octet-stream",
        }
        place: Mapping[str, Any] = {
            "type": "file", "name": name, "offset": start, "total": len(whole),
        }  # fmt: skip
        return self._http.put("/artifacts", params=place, headers=headers, content=whole[start:end])

    def _post(self, path: str, **fields: Any) -> httpx2.Response:
        message = {"runner_id": self.name, "lease_id": self.granted.get("lease_id"), **fields}
        sent = {name: value for name, value in message.items() if value is not None}
        return self._http.post(path, json=sent)
