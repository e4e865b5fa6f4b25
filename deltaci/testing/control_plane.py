"""A scripted control plane: enough of the runner protocol to run a real runner against.

It keeps everything in memory, checks every message with the wire models, and lets a test ask for
cancellation, lose a lease or become unreachable. For tests of runners and of protocol clients.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self

from pydantic import BaseModel, ValidationError

from deltaci.planner.model import JobSpec
from deltaci.testing.fake_lease import FakeLease
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.wire.runner import (
    LEASE_HEADER,
    AckLease,
    Acknowledged,
    ArtifactProgress,
    ArtifactStored,
    CancelAck,
    CancelReason,
    Checkout,
    Complete,
    CompleteAck,
    HandBack,
    Heartbeat,
    HeartbeatAck,
    LeaseGranted,
    LeaseRequest,
    LogAppended,
    StaleReason,
)

_PREFIX = "/api/v1/internal"
NO_SECRETS: Mapping[str, str] = MappingProxyType({})


class _Refusal(Exception):  # noqa: N818 - an answer, not an accident
    def __init__(self, status: int, code: str, **details: Any) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.details = details


class FakeControlPlane:
    """Serves on loopback while used as an async context manager.

    `go_down` makes it drop every connection; `fail_next` does so for a few requests of one path.
    """

    def __init__(self, token: str = "runner-token") -> None:  # noqa: S107 - made up
        self.token = token
        self.holds_heartbeats = True
        """Whether a heartbeat's answer waits for news; older servers answer at once."""
        self.leases: dict[str, FakeLease] = {}
        self.requests: list[Request] = []
        self.lease_requests: list[LeaseRequest] = []
        self._queue: list[FakeLease] = []
        self._uploads: dict[tuple[str, str, str], bytearray] = {}
        self._failures: dict[str, int] = {}
        self._dropped: set[str] = set()
        self._changed = asyncio.Condition()
        self._stub = HttpStub(self._handle)

    @property
    def url(self) -> str:
        """The address for the runner's configuration."""
        return f"http://127.0.0.1:{self._stub.port}"

    async def __aenter__(self) -> Self:
        await self._stub.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stub.stop()

    async def go_down(self) -> None:
        """Stop answering, as if the process had died."""
        await self._stub.stop()

    async def come_back(self) -> None:
        """Answer again, at the same address, remembering everything."""
        await self._stub.start()

    def fail_next(self, path: str, times: int = 1) -> None:
        """Drop the connection for the next requests of `path`, such as `/heartbeat`."""
        self._failures[path] = times

    def drop_answer(self, path: str) -> None:
        """Act on the next request of `path`, then drop the connection instead of answering."""
        self._dropped.add(path)

    async def offer(
        self,
        spec: JobSpec,
        checkout: Checkout,
        *,
        ttl_seconds: int = 120,
        heartbeat_seconds: int = 1,
        max_runtime_seconds: int = 60,
        secrets: Mapping[str, str] = NO_SECRETS,
    ) -> FakeLease:
        """Queue a job for whichever runner asks next."""
        number = len(self.leases) + len(self._queue) + 1
        lease = FakeLease(
            LeaseGranted(
                run_id=f"run_{number}",
                job_id=f"job_{number}",
                lease_id=f"lease_{number:064x}",
                lease_ttl_seconds=ttl_seconds,
                heartbeat_interval_seconds=heartbeat_seconds,
                max_runtime_seconds=max_runtime_seconds,
                job_spec=spec,
                checkout=checkout,
                attempt_number=1,
                secrets=dict(secrets),
            )
        )
        self._queue.append(lease)
        await self._announce()
        return lease

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait until a request has made `condition` true. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: bool(condition()))

    async def _announce(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _handle(self, request: Request) -> Answer | None:
        path = request.path.removeprefix(_PREFIX)
        self.requests.append(request)
        if self._failures.get(path, 0) > 0:
            self._failures[path] -= 1
            return None
        try:
            answer = await self._route(path, request)
        except _Refusal as refusal:
            answer = _refused(refusal)
        except ValidationError as error:
            answer = _refused(_Refusal(400, "INVALID_REQUEST", problem=str(error)))
        await self._announce()
        if path in self._dropped:
            self._dropped.remove(path)
            return None
        return answer

    async def _route(self, path: str, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise _Refusal(401, "UNAUTHORIZED")
        if path == "/lease":
            return await self._grant(LeaseRequest.model_validate_json(request.body))
        if path == "/heartbeat":
            return await self._hold_heartbeat(Heartbeat.model_validate_json(request.body))
        routes: dict[str, Callable[[Request], BaseModel]] = {
            "/ack-lease": self._acknowledge,
            "/complete": self._complete,
            "/cancel-ack": self._acknowledge_cancel,
            "/release": self._release,
            "/logs": self._append_log,
            "/artifacts": self._put_artifact,
        }
        if path not in routes:
            raise _Refusal(404, "NOT_FOUND")
        return Answer(200, routes[path](request).model_dump_json().encode())

    async def _grant(self, message: LeaseRequest) -> Answer:
        self.lease_requests.append(message)
        await self._announce()
        try:
            async with asyncio.timeout(message.wait_seconds), self._changed:
                await self._changed.wait_for(lambda: bool(self._queue))
        except TimeoutError:
            return Answer(204)
        lease = self._queue.pop(0)
        self.leases[lease.granted.lease_id] = lease
        return Answer(200, lease.granted.model_dump_json().encode())

    def _live(self, lease_id: str) -> FakeLease:
        lease = self.leases.get(lease_id)
        if lease is None:
            raise _Refusal(409, "STALE_LEASE", reason=StaleReason.UNKNOWN_LEASE)
        if lease.stale is not None:
            raise _Refusal(409, "STALE_LEASE", reason=lease.stale)
        return lease

    def _active(self, lease_id: str) -> FakeLease:
        lease = self._live(lease_id)
        if not lease.acknowledged:
            raise _Refusal(409, "INVALID_STATE")
        return lease

    def _acknowledge(self, request: Request) -> BaseModel:
        message = AckLease.model_validate_json(request.body)
        lease = self._live(message.lease_id)
        lease.acknowledged = True
        return Acknowledged(lease_id=message.lease_id)

    async def _hold_heartbeat(self, message: Heartbeat) -> Answer:
        lease = self._active(message.lease_id)
        lease.heartbeats.append(message)
        await self._announce()
        if self.holds_heartbeats:
            with contextlib.suppress(TimeoutError):
                await self.until(lambda: lease.has_news, message.wait_seconds)
        self._live(message.lease_id)
        return Answer(200, _stand_of(lease).model_dump_json().encode())

    async def cancel(self, lease: FakeLease, reason: CancelReason) -> None:
        """Ask the runner of a lease to stop its job."""
        lease.cancel_reason = reason
        await self._announce()

    def _complete(self, request: Request) -> BaseModel:
        message = Complete.model_validate_json(request.body)
        lease = self._active(message.lease_id)
        if message not in lease.completions:
            lease.completions.append(message)
        return CompleteAck(lease_id=message.lease_id)

    def _acknowledge_cancel(self, request: Request) -> BaseModel:
        message = CancelAck.model_validate_json(request.body)
        lease = self._active(message.lease_id)
        if lease.cancel_reason is None:
            raise _Refusal(409, "STALE_LEASE", reason=StaleReason.UNKNOWN_LEASE)
        lease.canceled = message
        return Acknowledged(lease_id=message.lease_id)

    def _release(self, request: Request) -> BaseModel:
        message = HandBack.model_validate_json(request.body)
        self._live(message.lease_id).handed_back = True
        return Acknowledged(lease_id=message.lease_id)

    def _append_log(self, request: Request) -> BaseModel:
        lease = self._active(request.headers[LEASE_HEADER.lower()])
        held = len(lease.log)
        if lease.log_limit is not None and held + len(request.body) > lease.log_limit:
            raise _Refusal(413, "INVALID_REQUEST", next_offset=held)
        if int(request.query["offset"]) != held:
            raise _Refusal(409, "INVALID_STATE", next_offset=held)
        lease.log += request.body
        return LogAppended(next_offset=len(lease.log))

    def _put_artifact(self, request: Request) -> BaseModel:
        lease_id = request.headers[LEASE_HEADER.lower()]
        lease = self._active(lease_id)
        kind, name = request.query["type"], request.query["name"]
        held = self._uploads.setdefault((lease_id, kind, name), bytearray())
        if int(request.query["offset"]) != len(held):
            raise _Refusal(409, "INVALID_STATE", next_offset=len(held))
        held += request.body
        if len(held) < int(request.query["total"]):
            return ArtifactProgress(next_offset=len(held))
        digest = hashlib.sha256(held).hexdigest()
        if digest != request.headers["delta-sha256"]:
            raise _Refusal(400, "INVALID_REQUEST")
        lease.artifacts[kind, name] = bytes(held)
        stored = ArtifactStored(
            id=len(lease.artifacts), uri=f"fake://{name}", size_bytes=len(held), sha256=digest
        )
        return ArtifactProgress(next_offset=len(held), artifact=stored)


def _stand_of(lease: FakeLease) -> HeartbeatAck:
    asked = lease.cancel_reason is not None
    return HeartbeatAck(
        lease_id=lease.granted.lease_id,
        extend_lease=True,
        new_lease_ttl_seconds=lease.granted.lease_ttl_seconds,
        cancel_requested=asked,
        cancel_deadline_seconds=lease.cancel_deadline_seconds if asked else 0,
        cancel_reason=lease.cancel_reason,
    )


def _refused(refusal: _Refusal) -> Answer:
    body: dict[str, Any] = {
        "error": {"code": refusal.code, "message": refusal.code, "details": refusal.details}
    }
    if refusal.code == "STALE_LEASE":
        body |= {"type": "StaleLease", "reason": refusal.details["reason"]}
    return Answer(refusal.status, json.dumps(body).encode())
