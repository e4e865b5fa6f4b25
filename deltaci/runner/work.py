"""What a job does on the machine: check out, restore caches, run the steps."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from deltaci.runner.caches import JobCaches
from deltaci.runner.checkout import CheckoutError, Git, check_out, object_cache
from deltaci.runner.environment import job_environment
from deltaci.runner.executors.port import ExecutorError, Sandbox, Session, sandbox_name
from deltaci.runner.git import git_environment
from deltaci.runner.job_log import JobLog
from deltaci.runner.origin import origin_of
from deltaci.runner.outcome import Outcome, failed
from deltaci.runner.output import OutputPipe
from deltaci.runner.parts import Parts
from deltaci.runner.process_tree import ProcessTree
from deltaci.runner.steps import Steps
from deltaci.runner.workspace import EscapeError, Workspace, resolve_inside
from deltaci.wire.runner import LeaseGranted

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """One job's work. Cancel it to stop; what it started is then left to the process tree."""

    lease: LeaseGranted
    parts: Parts
    workspace: Workspace
    log: JobLog
    tree: ProcessTree
    steps: Steps
    caches: JobCaches
    acknowledged: asyncio.Event

    async def run(self, output: OutputPipe) -> Outcome:
        """Do everything and return how it went."""
        try:
            await self._check_out(output)
            await self.caches.restore(output)
            await self.acknowledged.wait()
            async with self._session() as session:
                return await self.steps.run(session, output, self.tree)
        except (CheckoutError, EscapeError, ExecutorError) as error:
            return failed(str(error))
        except OSError as error:
            _log.exception("job %s could not be run", self.lease.job_id)
            return failed(f"the runner could not run the job: {error.strerror or error}")

    async def _check_out(self, output: OutputPipe) -> None:
        """Put the commit in place while the acknowledgement is still on its way."""
        began = time.monotonic()
        source, places = self.lease.checkout, self.parts.places
        if not source.commit_sha:
            return
        await check_out(
            source,
            origin_of(self.lease, self.parts.config),
            self.workspace.checkout,
            caches=places.repositories,
            depth=self.parts.config.fetch_depth,
            git=Git(git_environment(places.git_settings), output, self.tree),
        )
        milliseconds = 1000 * (time.monotonic() - began)
        self.log.note(f"checked out {source.commit_sha} in {milliseconds:.0f} ms")

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        executor = self.parts.executors.pick(self.lease.job_spec.image)
        session = await executor.open(self._sandbox())
        try:
            yield session
        finally:
            await asyncio.shield(session.close())

    def _sandbox(self) -> Sandbox:
        spec, checkout = self.lease.job_spec, self.lease.checkout
        workdir = resolve_inside(self.workspace.checkout, spec.workdir)
        if not workdir.is_dir():
            raise EscapeError(f"the repository has no folder {spec.workdir!r}")
        return Sandbox(
            name=sandbox_name(self.workspace.root),
            image=spec.image,
            workspace=self.workspace,
            workdir=workdir,
            object_cache=object_cache(self.parts.places.repositories, checkout.url),
            environment=job_environment(self.lease, self.workspace, self.parts.config.pass_env),
        )
