"""The runner's side of the runner protocol: one method per message, one exception per refusal."""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, ValidationError

from deltaci.wire.runner import (
    LEASE_HEADER,
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
    LeaseRequest,
    LogAppended,
)

CHECKSUM_HEADER = "Delta-SHA256"
"""Carries the hexadecimal SHA-256 of the whole file on artifact uploads."""

_PREFIX = "/api/v1/internal"
_TIMEOUT_SECONDS = 15.0
_Answer = TypeVar("_Answer", bound=BaseModel)
_RETRY_STATUSES = frozenset({408, 425, 429})


class RunnerClientError(Exception):
    """Base of what a call may raise. Messages never contain a token or a lease id."""


class UnreachableError(RunnerClientError):
    """No usable answer: the same call may succeed later."""


class StaleLeaseError(RunnerClientError):
    """The lease no longer counts: stop the job, send nothing more for it."""


class OffsetMismatchError(RunnerClientError):
    """The server holds another number of bytes; go on from `next_offset`."""

    def __init__(self, next_offset: int) -> None:
        super().__init__(f"the upload continues at byte {next_offset}")
        self.next_offset = next_offset


class TooLargeError(RunnerClientError):
    """The server accepts no more bytes of this upload."""


class RefusedError(RunnerClientError):
    """The server understood the call and will not do it; repeating it is useless."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"the server refused: {message or code} (HTTP {status})")
        self.status = status
        self.code = code


class RunnerClient:
    """Talks to one control plane as one runner. Use it as an async context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url.rstrip("/") + _PREFIX,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_SECONDS,
            verify=_trust(url),
            trust_env=not _is_loopback(url),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def lease(self, request: LeaseRequest) -> LeaseGranted | None:
        """Ask for a job; None when there is none within `wait_seconds`."""
        seconds = _TIMEOUT_SECONDS + request.wait_seconds
        answer = await self._post("/lease", request, seconds=seconds)
        if answer.status_code == httpx2.codes.NO_CONTENT:
            return None
        return _read(LeaseGranted, answer)

    async def acknowledge(self, message: AckLease) -> Acknowledged:
        """Take the leased job. Repeating it is harmless."""
        answer = await self._post("/ack-lease", message)
        return _read(Acknowledged, answer)

    async def heartbeat(self, message: Heartbeat) -> HeartbeatAck:
        """Extend the lease and learn whether to stop, for which the call may be held open."""
        seconds = _TIMEOUT_SECONDS + message.wait_seconds
        answer = await self._post("/heartbeat", message, seconds=seconds)
        return _read(HeartbeatAck, answer)

    async def complete(self, message: Complete) -> CompleteAck:
        """Report how the job ended. An exact replay gets the same answer."""
        answer = await self._post("/complete", message)
        return _read(CompleteAck, answer)

    async def acknowledge_cancel(self, message: CancelAck) -> Acknowledged:
        """Report that the job was stopped as asked."""
        answer = await self._post("/cancel-ack", message)
        return _read(Acknowledged, answer)

    async def hand_back(self, message: HandBack) -> None:
        """Give the job back unharmed, for another runner."""
        await self._post("/release", message)

    async def append_log(self, lease_id: str, offset: int, chunk: bytes) -> int:
        """Append log bytes that begin at `offset`; returns where the next chunk begins."""
        answer = await self._send(
            "POST",
            "/logs",
            params={"offset": offset},
            headers={LEASE_HEADER: lease_id, "Content-Type": "application/octet-stream"},
            content=chunk,
        )
        return _read(LogAppended, answer).next_offset

    async def put_artifact_chunk(
        self,
        lease_id: str,
        *,
        kind: str,
        name: str,
        sha256: str,
        total: int,
        offset: int,
        chunk: bytes,
    ) -> ArtifactProgress:
        """Send one chunk of an artifact of `total` bytes whose whole content hashes to `sha256`."""
        answer = await self._send(
            "PUT",
            "/artifacts",
            params={"type": kind, "name": name, "offset": offset, "total": total},
            headers={
                LEASE_HEADER: lease_id,
                CHECKSUM_HEADER: sha256,
                "Content-Type": "application/octet-stream",
            },
            content=chunk,
        )
        return _read(ArtifactProgress, answer)

    async def _post(
        self, path: str, message: BaseModel, seconds: float = _TIMEOUT_SECONDS
    ) -> httpx2.Response:
        return await self._send(
            "POST",
            path,
            content=message.model_dump_json(exclude_none=True).encode(),
            headers={"Content-Type": "application/json"},
            timeout=seconds,
        )

    async def _send(self, method: str, path: str, **request: Any) -> httpx2.Response:
        try:
            answer = await self._http.request(method, path, **request)
        except httpx2.TransportError as error:
            raise UnreachableError(f"{type(error).__name__} from the control plane") from error
        if not answer.is_success:
            raise _refusal(answer)
        return answer


def _read(model: type[_Answer], answer: httpx2.Response) -> _Answer:
    """Read an answer, ignoring fields that a newer server adds."""
    try:
        return model.model_validate_json(answer.content, extra="ignore")
    except ValidationError as error:
        raise UnreachableError("the control plane's answer makes no sense") from error


def _refusal(answer: httpx2.Response) -> RunnerClientError:
    status = answer.status_code
    error = _error_body(answer)
    details = error.get("details")
    next_offset = details.get("next_offset") if isinstance(details, Mapping) else None
    code = str(error.get("code", ""))
    if code == "STALE_LEASE":
        return StaleLeaseError("the lease no longer counts")
    if status == httpx2.codes.CONTENT_TOO_LARGE:
        return TooLargeError("the server accepts no more bytes")
    if status == httpx2.codes.CONFLICT and isinstance(next_offset, int):
        return OffsetMismatchError(next_offset)
    if answer.is_server_error or status in _RETRY_STATUSES:
        return UnreachableError(f"the control plane answered HTTP {status}")
    return RefusedError(status, code, str(error.get("message", "")))


def _error_body(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, Mapping) else {}


def _trust(url: str) -> ssl.SSLContext:
    # Loading the certificate store costs memory and 20 ms, so plain HTTP goes without it.
    if urlsplit(url).scheme == "https":
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
