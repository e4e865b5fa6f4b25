"""A runner that holds one lease, and speaks to the use cases without HTTP between them."""

from dataclasses import dataclass
from typing import Any

from deltaci.core import Core
from deltaci.jobs.acknowledge import acknowledge_lease
from deltaci.jobs.cancel_ack import acknowledge_cancel
from deltaci.jobs.complete import complete_job
from deltaci.jobs.hand_back import hand_back
from deltaci.jobs.heartbeat import heartbeat
from deltaci.jobs.logs import append_log
from deltaci.jobs.uploads import Chunk, store_chunk
from deltaci.wire.runner import (
    AckLease,
    Acknowledged,
    ArtifactProgress,
    CancelAck,
    Complete,
    CompleteAck,
    HandBack,
    Heartbeat,
    HeartbeatAck,
    LeaseGranted,
    LogAppended,
)


@dataclass
class LeaseHolder:
    """What was granted, and everything that its runner may say about it."""

    core: Core
    runner_id: str
    granted: LeaseGranted

    async def ack(self, **fields: Any) -> Acknowledged:
        """Start the job."""
        fields = {"job_id": self.granted.job_id} | fields
        return await acknowledge_lease(self.core, AckLease(**self._signed(fields)))

    async def beat(self, **fields: Any) -> HeartbeatAck:
        """Show life."""
        return await heartbeat(self.core, Heartbeat(**self._signed(fields)))

    async def complete(self, status: str = "SUCCEEDED", **fields: Any) -> CompleteAck:
        """Report the end."""
        message = Complete.model_validate(self._signed({"status": status} | fields))
        return await complete_job(self.core, message)

    async def cancel_ack(self, **fields: Any) -> Acknowledged:
        """Say that the job was stopped on request."""
        return await acknowledge_cancel(self.core, CancelAck(**self._signed(fields)))

    async def hand_back(self, **fields: Any) -> Acknowledged:
        """Give the job back."""
        return await hand_back(self.core, HandBack(**self._signed(fields)))

    async def log(self, offset: int, data: bytes) -> LogAppended:
        """Append to the log."""
        return await append_log(self.core, self.runner_id, self.granted.lease_id, offset, data)

    async def upload(self, chunk: Chunk) -> ArtifactProgress:
        """Upload one piece of an artifact."""
        return await store_chunk(self.core, self.runner_id, self.granted.lease_id, chunk)

    def _signed(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"lease_id": self.granted.lease_id, "runner_id": self.runner_id} | fields
