"""Keeps one lease alive, and notices when it is lost or the job must stop."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from deltaci.client.runner import (
    RefusedError,
    RunnerClient,
    StaleLeaseError,
    UnreachableError,
)
from deltaci.runner.backoff import delays
from deltaci.runner.stop import Stop, StopReason
from deltaci.wire.runner import AckLease, Heartbeat, HeartbeatAck, LeaseGranted, LogCursor, Progress

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

HOLD_MAX_SECONDS = 60.0
"""Longest that the protocol lets an answer be held back."""


class LeaseLostError(Exception):
    """The server does not count this lease any more, or could not be reached until it ran out."""


class LeaseKeeper:
    """The runner's view of its lease: expiry is counted from before each request was sent."""

    def __init__(
        self,
        client: RunnerClient,
        lease: LeaseGranted,
        runner_id: str,
        stop: Stop,
        position: Callable[[], tuple[Progress | None, int]],
    ) -> None:
        self._client = client
        self._lease = lease
        self._runner_id = runner_id
        self._stop = stop
        self._position = position
        self._expires_at = time.monotonic() + lease.lease_ttl_seconds
        self.acknowledged = asyncio.Event()
        """Set once the job is this runner's: before, nothing may be run or sent."""
        self.leaving = False
        """Set when this runner ends the lease itself: that it has ended is then no news."""

    @property
    def remaining_seconds(self) -> float:
        """Time until the lease expires unless another heartbeat arrives."""
        return self._expires_at - time.monotonic()

    async def insist(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Repeat a call while the server is unreachable, until the lease would have expired.

        Raises LeaseLostError; a refusal passes through.
        """
        for wait in delays():
            try:
                return await call()
            except StaleLeaseError as error:
                self._stop.request(StopReason.LEASE_LOST)
                raise LeaseLostError("the server says that the lease is stale") from error
            except UnreachableError as error:
                if self.remaining_seconds <= 0:
                    self._stop.request(StopReason.LEASE_LOST)
                    raise LeaseLostError("the server was unreachable too long") from error
            await asyncio.sleep(min(wait, max(self.remaining_seconds, 0)))
        raise AssertionError("delays never end")

    async def hold(self) -> None:
        """Acknowledge the lease, then send heartbeats until it is lost; the first one at once.

        However this ends, the job must stop: nobody keeps its lease any more.
        """
        try:
            await self.insist(self._acknowledge)
            self.acknowledged.set()
            while True:
                next_at = time.monotonic() + self._lease.heartbeat_interval_seconds
                await self.insist(self._beat)
                await asyncio.sleep(next_at - time.monotonic())
        except LeaseLostError as error:
            if not self.leaving:
                _log.warning("job %s lost its lease: %s", self._lease.job_id, error)
        except RefusedError as error:
            _log.error("job %s lost its lease: %s", self._lease.job_id, error)
        finally:
            self._stop.request(StopReason.LEASE_LOST)

    async def _acknowledge(self) -> None:
        message = AckLease(
            job_id=self._lease.job_id,
            lease_id=self._lease.lease_id,
            runner_id=self._runner_id,
            accepted_at=datetime.now(UTC),
        )
        await self._client.acknowledge(message)

    async def _beat(self) -> None:
        progress, log_bytes = self._position()
        sent_at = time.monotonic()
        message = Heartbeat(
            lease_id=self._lease.lease_id,
            runner_id=self._runner_id,
            progress=progress,
            log_cursor=LogCursor(bytes_sent=log_bytes),
            ts=datetime.now(UTC),
            wait_seconds=self._patience_seconds(),
        )
        self._accept(await self._client.heartbeat(message), sent_at)

    def _patience_seconds(self) -> float:
        """How long the server may hold an answer back, so that it can tell of a cancel at once.

        Never more than half of what is left of the lease: an unanswered heartbeat extends nothing
        here, and the rest is for trying again.
        """
        if self._stop.reason is StopReason.CANCELED:
            return 0.0
        interval = self._lease.heartbeat_interval_seconds
        return min(interval, HOLD_MAX_SECONDS, max(self.remaining_seconds / 2, 0.0))

    def _accept(self, answer: HeartbeatAck, sent_at: float) -> None:
        if answer.extend_lease:
            self._expires_at = sent_at + answer.new_lease_ttl_seconds
        if answer.cancel_requested:
            self._stop.request(StopReason.CANCELED, answer.cancel_deadline_seconds)
