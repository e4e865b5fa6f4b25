"""The runner protocol as raw calls: exactly the JSON that a runner of any make would send."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from deltaci.wire.runner import LEASE_HEADER


@dataclass(slots=True)
class ProtocolRunner:
    """A runner that does only what it is told. `grant` is the last LeaseGranted, as JSON."""

    client: httpx2.AsyncClient
    runner_id: str
    grant: dict[str, Any] = field(default_factory=dict)

    async def say(self, path: str, **message: Any) -> httpx2.Response:
        """Send any message, completed with who and for which lease."""
        body = {"runner_id": self.runner_id, "lease_id": self.grant.get("lease_id", "")} | message
        return await self.client.post(f"/api/v1/internal/{path}", json=body)

    async def lease(self, *capabilities: str) -> dict[str, Any]:
        """Take the oldest job that the capabilities allow. Raises LookupError for none."""
        answer = await self.say("lease", capabilities=list(capabilities), wait_seconds=0)
        if answer.status_code != httpx2.codes.OK:
            raise LookupError(f"no job: {answer.status_code} {answer.text}")
        self.grant = answer.json()
        return self.grant

    async def start(self, *capabilities: str) -> dict[str, Any]:
        """Take a job, acknowledge it, and report once that it runs."""
        grant = await self.lease(*capabilities)
        (await self.say("ack-lease", job_id=grant["job_id"])).raise_for_status()
        (await self.say("heartbeat")).raise_for_status()
        return grant

    async def append_log(self, text: str, offset: int = 0) -> httpx2.Response:
        """Send a piece of the log."""
        return await self.client.post(
            "/api/v1/internal/logs",
            params={"offset": offset},
            content=text.encode(),
            headers={
                LEASE_HEADER: self.grant["lease_id"],
                "Content-Type": "application/octet-stream",
            },
        )

    async def finish(self, status: str = "SUCCEEDED", **message: Any) -> None:
        """Report how the job ended."""
        (await self.say("complete", status=status, **message)).raise_for_status()
