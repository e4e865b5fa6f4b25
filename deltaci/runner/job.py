"""One leased job, from its acknowledgement to its end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from deltaci.client.runner import RefusedError
from deltaci.runner.caches import JobCaches
from deltaci.runner.checkout import CheckoutError, Git, check_out, object_cache
from deltaci.runner.collect import Collector
from deltaci.runner.environment import job_environment, job_secrets
from deltaci.runner.executors.port import ExecutorError, Sandbox, Session
from deltaci.runner.git import git_environment
from deltaci.runner.job_log import JobLog
from deltaci.runner.lease_keeper import LeaseKeeper, LeaseLostError
from deltaci.runner.log_upload import LogUpload
from deltaci.runner.outcome import Outcome, failed, timed_out
from deltaci.runner.output import OutputPipe, output_pipe
from deltaci.runner.parts import Parts
from deltaci.runner.process_tree import ProcessTree
from deltaci.runner.steps import Steps
from deltaci.runner.stop import Stop, StopReason
from deltaci.runner.workspace import (
    EscapeError,
    Workspace,
    create_workspace,
    remove_tree,
    resolve_inside,
)
from deltaci.wire.runner import (
    CancelAck,
    Complete,
    CompletionStatus,
    HandBack,
    LeaseGranted,
    Progress,
    Timings,
)

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

LEFTOVER_GRACE_SECONDS = 1.0
"""What a job left running is asked to stop for this long, then killed."""
FAREWELL_SECONDS = 3.0
"""A cancelled or handed-back job spends at most this long on sending the end of its log."""


async def run_job(lease: LeaseGranted, parts: Parts, stop: Stop) -> None:
    """Run one leased job and report it. Leaves no process and no file of it behind."""
    workspace = await asyncio.to_thread(create_workspace, parts.places.jobs)
    secrets = job_secrets(lease, parts.config)
    try:
        with JobLog(workspace.log, secrets, parts.config.log_max_bytes) as log:
            await _Job(lease, parts, stop, workspace, log, secrets).run()
    finally:
        await asyncio.to_thread(remove_tree, workspace.root)


class _Job:
    def __init__(
        self,
        lease: LeaseGranted,
        parts: Parts,
        stop: Stop,
        workspace: Workspace,
        log: JobLog,
        secrets: Collection[str],
    ) -> None:
        self._lease = lease
        self._parts = parts
        self._stop = stop
        self._workspace = workspace
        self._log = log
        self._tree = ProcessTree()
        self._steps = Steps(lease.job_spec.steps, log)
        self._upload = LogUpload(parts.client, lease.lease_id, log)
        self._keeper = LeaseKeeper(
            parts.client, lease, parts.config.runner_id, stop, self._position
        )
        self._caches = JobCaches(
            root=parts.places.caches,
            repo_id=lease.checkout.repo_id,
            job_name=lease.job_spec.name,
            specs=lease.job_spec.caches,
            fork=lease.checkout.fork,
            workspace=workspace,
            log=log,
            tree=self._tree,
        )
        self._collection = Collector(lease, parts, self._keeper, workspace.checkout, log, secrets)
        self._started_at = datetime.now(UTC)

    async def run(self) -> None:
        try:
            async with _background(self._keeper.hold()), _background(self._send_log()) as sending:
                with output_pipe(self._log) as output:
                    outcome = await self._work_in_time(output)
                self._log.close()
                await self._report(outcome, sending)
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
        try:
            outcome = await self._until(StopReason.HAND_BACK, self._work(output), seconds)
        except TimeoutError:
            outcome = timed_out(seconds)
        await self._tree.end(self._grace_seconds(outcome))
        output.drain()
        self._steps.end_step(None)
        if outcome is not None:
            if outcome.summary:
                self._log.note(outcome.summary)
            await self._until(StopReason.CANCELED, self._keep(outcome, output), None)
        return outcome

    async def _keep(self, outcome: Outcome, output: OutputPipe) -> None:
        """Save what outlives the job; being told to hand back comes too late for it."""
        await self._collection.run()
        if outcome.status is CompletionStatus.SUCCEEDED:
            await self._caches.save(output)

    def _grace_seconds(self, outcome: Outcome | None) -> float:
        if self._stop.reason is StopReason.LEASE_LOST:
            return 0.0
        if outcome is not None and self._steps.progress is None:
            return LEFTOVER_GRACE_SECONDS
        deadline = self._stop.deadline_seconds
        configured = self._parts.config.kill_grace_seconds
        return configured if deadline is None else min(configured, deadline / 3)

    async def _work(self, output: OutputPipe) -> Outcome:
        try:
            await self._prepare(output)
            async with self._session() as session:
                return await self._steps.run(session, output, self._tree)
        except (CheckoutError, EscapeError, ExecutorError) as error:
            return failed(str(error))
        except OSError as error:
            _log.exception("job %s could not be run", self._lease.job_id)
            return failed(f"the runner could not run the job: {error.strerror or error}")

    async def _prepare(self, output: OutputPipe) -> None:
        """Check out while the acknowledgement is on its way; steps need both."""
        began = time.monotonic()
        source = self._lease.checkout
        config, places = self._parts.config, self._parts.places
        git = Git(git_environment(places.git_settings), output, self._tree)
        await check_out(
            source,
            self._workspace.checkout,
            caches=places.repositories,
            depth=config.fetch_depth,
            git=git,
        )
        milliseconds = 1000 * (time.monotonic() - began)
        self._log.note(f"checked out {source.commit_sha} in {milliseconds:.0f} ms")
        await self._caches.restore(output)
        await self._keeper.acknowledged.wait()

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        spec = self._lease.job_spec
        workdir = resolve_inside(self._workspace.checkout, spec.workdir)
        if not workdir.is_dir():
            raise EscapeError(f"the repository has no folder {spec.workdir!r}")
        sandbox = Sandbox(
            name=f"delta-ci-{self._workspace.root.name}",
            image=spec.image,
            workspace=self._workspace,
            workdir=workdir,
            object_cache=object_cache(self._parts.places.repositories, self._lease.checkout.url),
            environment=job_environment(self._lease, self._workspace, self._parts.config.pass_env),
        )
        session = await self._parts.executors.pick(spec.image).open(sandbox)
        try:
            yield session
        finally:
            await asyncio.shield(session.close())

    async def _until(
        self, at_least: StopReason, work: Coroutine[Any, Any, _Result], seconds: float | None
    ) -> _Result | None:
        """Return what `work` returns, or None when the job must stop. Raises TimeoutError."""
        task = asyncio.create_task(work)
        async with _background(self._stop.wait(at_least)) as stopped:
            try:
                await asyncio.wait(
                    {task, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                task.cancel()
                await asyncio.wait({task})
            if not task.cancelled():
                return task.result()
            if stopped.done():
                return None
            raise TimeoutError

    async def _report(self, outcome: Outcome | None, sending: asyncio.Task[None]) -> None:
        reason = self._stop.reason
        if reason is StopReason.LEASE_LOST:
            return
        canceled = reason is StopReason.CANCELED
        patience = FAREWELL_SECONDS if canceled or outcome is None else None
        await self._until(StopReason.LEASE_LOST, _wait_for(sending, patience), None)
        try:
            await self._keeper.insist(self._farewell(outcome, canceled=canceled))
        except RefusedError as error:
            _log.error("the end of job %s was refused: %s", self._lease.job_id, error)

    def _farewell(
        self, outcome: Outcome | None, *, canceled: bool
    ) -> Callable[[], Awaitable[object]]:
        """Return the call that ends the lease; however often it is made, it says the same."""
        client, lease_id = self._parts.client, self._lease.lease_id
        runner_id = self._parts.config.runner_id
        if canceled:
            ack = CancelAck(lease_id=lease_id, runner_id=runner_id, ts=datetime.now(UTC))
            return lambda: client.acknowledge_cancel(ack)
        if outcome is None:
            return lambda: client.hand_back(HandBack(lease_id=lease_id, runner_id=runner_id))
        completion = self._completion(outcome)
        return lambda: client.complete(completion)

    def _completion(self, outcome: Outcome) -> Complete:
        return Complete(
            lease_id=self._lease.lease_id,
            runner_id=self._parts.config.runner_id,
            status=outcome.status,
            exit_code=outcome.exit_code,
            timings=Timings(started_at=self._started_at, finished_at=datetime.now(UTC)),
            caches=self._caches.reports,
            steps=self._steps.reports,
            tests=self._collection.tests,
            summary=outcome.summary,
        )


async def _wait_for(task: asyncio.Task[None], seconds: float | None) -> None:
    await asyncio.wait({task}, timeout=seconds)


@contextlib.asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run `work` beside the body and stop it afterwards."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()):
            _log.error("a task beside the job failed", exc_info=error)
