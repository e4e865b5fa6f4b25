"""The end of a lease: the rest of the log, then one message that says how the job ended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deltaci.client.runner import RefusedError
from deltaci.runner.caches import JobCaches
from deltaci.runner.collect import Collector
from deltaci.runner.lease_keeper import LeaseKeeper
from deltaci.runner.outcome import Outcome
from deltaci.runner.parts import Parts
from deltaci.runner.steps import Steps
from deltaci.runner.stop import Stop, StopReason
from deltaci.runner.supervise import run_until
from deltaci.wire.runner import CancelAck, Complete, HandBack, LeaseGranted, Timings

_log = logging.getLogger(__name__)

PATIENCE_SECONDS = 3.0
"""A cancelled or handed-back job spends at most this long on sending the end of its log."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """What is said for one job, however it ended."""

    lease: LeaseGranted
    parts: Parts
    keeper: LeaseKeeper
    stop: Stop
    steps: Steps
    caches: JobCaches
    collector: Collector
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def say(self, outcome: Outcome | None, sending: asyncio.Task[None]) -> None:
        """Wait for the log to be sent, then end the lease, unless it is lost.

        An outcome of None means that the job was stopped before it had one. Raises LeaseLostError.
        """
        if self.stop.reason is StopReason.LEASE_LOST:
            return
        canceled = self.stop.reason is StopReason.CANCELED
        patience = PATIENCE_SECONDS if canceled or outcome is None else None
        await run_until(self.stop, StopReason.LEASE_LOST, _wait_for(sending, patience), None)
        self.keeper.leaving = True
        try:
            await self.keeper.insist(self._last_words(outcome, canceled=canceled))
        except RefusedError as error:
            _log.error("the end of job %s was refused: %s", self.lease.job_id, error)

    def _last_words(
        self, outcome: Outcome | None, *, canceled: bool
    ) -> Callable[[], Awaitable[object]]:
        """Return the call that ends the lease; however often it is made, it says the same."""
        client, lease_id = self.parts.client, self.lease.lease_id
        runner_id = self.parts.config.runner_id
        if canceled:
            ack = CancelAck(lease_id=lease_id, runner_id=runner_id, ts=datetime.now(UTC))
            return lambda: client.acknowledge_cancel(ack)
        if outcome is None:
            return lambda: client.hand_back(HandBack(lease_id=lease_id, runner_id=runner_id))
        completion = self._completion(outcome)
        return lambda: client.complete(completion)

    def _completion(self, outcome: Outcome) -> Complete:
        return Complete(
            lease_id=self.lease.lease_id,
            runner_id=self.parts.config.runner_id,
            status=outcome.status,
            exit_code=outcome.exit_code,
            timings=Timings(started_at=self.started_at, finished_at=datetime.now(UTC)),
            caches=self.caches.reports,
            steps=self.steps.reports,
            tests=self.collector.tests,
            summary=outcome.summary,
        )


async def _wait_for(task: asyncio.Task[None], seconds: float | None) -> None:
    await asyncio.wait({task}, timeout=seconds)
