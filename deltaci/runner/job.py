"""One leased job, from its acknowledgement to its end."""

import asyncio
import logging

from deltaci.runner.caches import JobCaches
from deltaci.runner.collect import Collector
from deltaci.runner.environment import job_secrets
from deltaci.runner.farewell import Farewell
from deltaci.runner.job_log import JobLog
from deltaci.runner.lease_keeper import LeaseKeeper, LeaseLostError
from deltaci.runner.log_upload import LogUpload
from deltaci.runner.outcome import Outcome, timed_out
from deltaci.runner.output import OutputPipe, output_pipe
from deltaci.runner.parts import Parts
from deltaci.runner.process_tree import ProcessTree
from deltaci.runner.steps import Steps
from deltaci.runner.stop import Stop, StopReason
from deltaci.runner.supervise import background, run_until
from deltaci.runner.work import Work
from deltaci.runner.workspace import Workspace, create_workspace, remove_tree
from deltaci.wire.runner import CompletionStatus, LeaseGranted, Progress

_log = logging.getLogger(__name__)

LEFTOVER_GRACE_SECONDS = 1.0
"""What a job left running is asked to stop for this long, then killed."""


async def run_job(lease: LeaseGranted, parts: Parts, stop: Stop) -> None:
    """Run one leased job and report it. Leaves no process and no file of it behind."""
    workspace = await asyncio.to_thread(create_workspace, parts.places.jobs)
    secrets = job_secrets(lease, parts.config)
    try:
        with JobLog(workspace.log, secrets, parts.config.log_max_bytes) as log:
            await _Job(lease, parts, stop, workspace, log).run()
    finally:
        await asyncio.to_thread(remove_tree, workspace.root)


class _Job:
    """Puts the parts of one job together and decides when each of them stops."""

    def __init__(
        self, lease: LeaseGranted, parts: Parts, stop: Stop, workspace: Workspace, log: JobLog
    ) -> None:
        self._lease, self._parts, self._stop, self._log = lease, parts, stop, log
        self._tree = ProcessTree()
        self._steps = Steps(lease.job_spec.steps, log)
        self._upload = LogUpload(parts.client, lease.lease_id, log)
        self._keeper = LeaseKeeper(
            parts.client, lease, parts.config.runner_id, stop, self._position
        )
        self._caches = JobCaches.of(lease, parts.places.caches, workspace, log, self._tree)
        self._collector = Collector(lease, parts, self._keeper, workspace.checkout, log)
        self._work = Work(
            lease,
            parts,
            workspace,
            log,
            self._tree,
            self._steps,
            self._caches,
            self._keeper.acknowledged,
        )
        self._farewell = Farewell(
            lease, parts, self._keeper, stop, self._steps, self._caches, self._collector
        )

    async def run(self) -> None:
        try:
            async with background(self._keeper.hold()), background(self._send_log()) as sending:
                with output_pipe(self._log) as output:
                    outcome = await self._work_in_time(output)
                self._log.close()
                await self._farewell.say(outcome, sending)
        except LeaseLostError as error:
            _log.warning("job %s is given up: %s", self._lease.job_id, error)
        finally:
            await self._tree.end(0)

    def _position(self) -> tuple[Progress | None, int]:
        return self._steps.progress, self._upload.sent

    async def _send_log(self) -> None:
        await self._keeper.acknowledged.wait()
        await self._keeper.insist(self._upload.run)

    async def _work_in_time(self, output: OutputPipe) -> Outcome | None:
        """Run the job; None when it was stopped before it had an outcome."""
        seconds = self._lease.max_runtime_seconds
        work = self._work.run(output)
        try:
            outcome = await run_until(self._stop, StopReason.HAND_BACK, work, seconds)
        except TimeoutError:
            outcome = timed_out(seconds)
        await self._tree.end(self._grace_seconds(outcome))
        output.drain()
        self._steps.end_step(None)
        if outcome is not None:
            await self._keep(outcome, output)
        return outcome

    async def _keep(self, outcome: Outcome, output: OutputPipe) -> None:
        """Save what outlives the job; being told to hand back comes too late for it."""
        if outcome.summary:
            self._log.note(outcome.summary)
        await run_until(self._stop, StopReason.CANCELED, self._collector.run(), None)
        if outcome.status is CompletionStatus.SUCCEEDED:
            await run_until(self._stop, StopReason.CANCELED, self._caches.save(output), None)

    def _grace_seconds(self, outcome: Outcome | None) -> float:
        if self._stop.reason is StopReason.LEASE_LOST:
            return 0.0
        if outcome is not None and self._steps.progress is None:
            return LEFTOVER_GRACE_SECONDS
        deadline = self._stop.deadline_seconds
        configured = self._parts.config.kill_grace_seconds
        return configured if deadline is None else min(configured, deadline / 3)
