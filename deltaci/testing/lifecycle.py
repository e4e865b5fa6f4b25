"""One set of runs with its users, runners and workflows, each moved step by step on command.

SQLite only, and on an event loop of its own, so that a synchronous state machine can drive it.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from deltaci.artifacts.local import LocalBlobs
from deltaci.core import Core
from deltaci.effects.deliver import Deliverer
from deltaci.effects.ports import Standing
from deltaci.errors import InvalidStateError, StaleLeaseError
from deltaci.jobs.lease import HoldsEnoughError
from deltaci.jobs.sweep import sweep_leases
from deltaci.runs.cancel import cancel_run
from deltaci.runs.reconcile import reconcile_runs
from deltaci.runs.rerun import rerun
from deltaci.sealing import Seal
from deltaci.settings import Settings
from deltaci.store.database import Database
from deltaci.store.migrate import upgrade
from deltaci.store.outbox import forget
from deltaci.store.tables import Effect
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.run_invariants import RunInvariants
from deltaci.testing.settable_clock import SettableClock
from deltaci.testing.workflow_stand_in import SteppedOrchestrator, WorkflowStandIn
from deltaci.wire.runs import RerunRequest

RUN_MAX_SECONDS = 3600
FILE = "test.sqlite3"

Message = Callable[[], Awaitable[Any]]


@dataclass
class Ground:
    """One migrated database, in memory where the machine has such a place, for many lifecycles."""

    folder: Path
    loop: asyncio.AbstractEventLoop
    database: Database

    @classmethod
    def build(cls) -> "Ground":
        """Make the database."""
        shared = Path("/dev/shm")  # noqa: S108 - a folder in memory; ours within it is private
        folder = Path(tempfile.mkdtemp("", "delta-ci-", shared if shared.is_dir() else None))
        url = f"sqlite+aiosqlite:///{folder / FILE}"
        upgrade(url)
        return cls(folder, asyncio.new_event_loop(), Database(f"{url}?check_same_thread=false"))

    def close(self) -> None:
        """Leave nothing behind."""
        self.loop.run_until_complete(self.database.close())
        self.loop.close()
        shutil.rmtree(self.folder)


class Lifecycle:
    """Some runs of one repository. Whatever is picked by number wraps around."""

    def __init__(self, ground: Ground, repo_id: str) -> None:
        self._loop = ground.loop
        self._repo_id = repo_id
        self.clock = SettableClock()
        options = Settings(
            data_dir=ground.folder,
            local_repositories="any",
            run_max_runtime_seconds=RUN_MAX_SECONDS,
        )
        blobs = LocalBlobs(ground.folder / "blobs")
        seal = Seal.load("", ground.folder)
        self.core = Core(ground.database, blobs, self.clock, options, seal)
        self.factory = Factory(self.core, self.clock)
        self.orchestrator = SteppedOrchestrator(self.core, self.factory.commits)
        self.watch = RunInvariants(ground.folder / FILE)
        self.runs: list[str] = []
        self.holders: list[LeaseHolder] = []
        self._deliverer = Deliverer(self.core, self.orchestrator)
        self._said: list[Message] = []

    # Users.

    def create(self, files: Mapping[str, str], ref: str, steps: int) -> None:
        """Create a run; its workflow starts and goes so many steps."""
        self.runs.append(self._do(self.factory.run(files, repo_id=self._repo_id, ref=ref)))
        self._deliver_all()
        for _ in range(steps):
            self._do(self._workflow_at(-1).step())

    def cancel(self, which: int) -> None:
        """Cancel a run."""
        self._try(cancel_run(self.core, "ada", self._run_at(which)))

    def run_again(self, which: int, jobs: list[str] | None) -> None:
        """Rerun a run, whole or in part."""
        run_id = self._run_at(which)
        known = self._do(self.factory.rows.job_states(run_id))
        if jobs is None or set(jobs) <= set(known):
            request = RerunRequest(jobs=jobs)
            self.runs.append(self._do(rerun(self.core, "ada", run_id, request, None)).run_id)

    # Workflows and the loops of the worker.

    def work(self, which: int, steps: int) -> None:
        """One workflow goes so many steps."""
        if self.orchestrator.workflows:
            for _ in range(steps):
                self._do(self._workflow_at(which).step())

    def work_as_usual(self) -> None:
        """Every effect is delivered, and every workflow goes as far as it can."""
        self._deliver_all()
        for workflow in list(self.orchestrator.workflows.values()):
            while self._do(workflow.step()):
                self.check()

    def lose_workflow(self, which: int, standing: Standing) -> None:
        """Somebody terminates it, it breaks, or Temporal loses its database."""
        names = list(self.orchestrator.workflows)
        name = names[which % len(names)]
        self.orchestrator.workflows[name].standing = standing
        if standing is Standing.UNKNOWN:
            del self.orchestrator.workflows[name]

    def deliver_one(self, which: int, *, keep: bool) -> None:
        """Deliver any promised effect; kept, it will be delivered again, as after a crash."""
        promised = self._do(self._promised())
        if promised:
            self._do(self._deliver(promised[which % len(promised)], keep=keep))

    def sweep(self) -> None:
        """Look for overdue leases."""
        self._do(sweep_leases(self.core))

    def reconcile(self) -> None:
        """Look for runs without a workflow."""
        self._do(reconcile_runs(self.core, self.orchestrator))

    # Runners, also those whose time is over.

    def lease(self, runner_id: str, far: int, status: str, summary: str) -> None:
        """Take a job: so far as leased, acknowledged, running, or completed."""
        try:
            holder = self._do(self.factory.seek(runner_id))
        except HoldsEnoughError:
            return
        if holder is not None:
            self.holders.append(holder)
            ending = partial(self._complete, holder, status, summary)
            for message in (holder.ack, holder.beat, ending)[:far]:
                self._say(message)

    def complete(self, which: int, status: str, summary: str) -> None:
        """A runner reports an end."""
        if self.holders:
            self._say(partial(self._complete, self._holder_at(which), status, summary))

    def speak(self, which: int, message: str) -> None:
        """A runner says something that needs no words, by the name of `LeaseHolder`'s method."""
        if self.holders:
            self._say(getattr(self._holder_at(which), message))

    def say_again(self, which: int) -> None:
        """One of the last messages arrives once more."""
        if self._said:
            self._try(self._said[-1 - which % len(self._said)]())

    # Time, and what must hold.

    def check(self) -> None:
        """Raise AssertionError when the rows contradict each other or their history."""
        self.watch.check(self.runs)

    def is_over(self) -> bool:
        """Whether every run has ended and nothing is owed to anybody."""
        return not self.watch.unfinished(self.runs) and not self.watch.promised()

    def pass_time(self) -> None:
        """Let every wait run out, with nobody there but a healthy worker."""
        self.clock.advance(RUN_MAX_SECONDS)
        self.sweep()
        self.reconcile()
        self.work_as_usual()
        self.check()

    def _do(self, work: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(work)

    def _try(self, work: Awaitable[Any]) -> None:
        """Refusals that the contract knows are fine; any other error is not."""
        try:
            self._do(work)
        except (StaleLeaseError, InvalidStateError):
            return

    def _say(self, message: Message) -> None:
        self._said.append(message)
        self._try(message())

    async def _complete(self, holder: LeaseHolder, status: str, summary: str) -> None:
        await holder.complete(status, exit_code=int(status != "SUCCEEDED"), summary=summary)

    def _deliver_all(self) -> None:
        for effect in self._do(self._promised()):
            self._do(self._deliver(effect))

    async def _promised(self) -> list[Effect]:
        async with self.core.database.read() as tx:
            return list(await tx.scalars(select(Effect).order_by(Effect.id)))

    async def _deliver(self, effect: Effect, *, keep: bool = False) -> None:
        await self._deliverer.deliver(effect)
        if not keep:
            async with self.core.database.write() as tx:
                await forget(tx, [effect.id])

    def _run_at(self, which: int) -> str:
        return self.runs[which % len(self.runs)]

    def _holder_at(self, which: int) -> LeaseHolder:
        return self.holders[-1 - which % len(self.holders)]

    def _workflow_at(self, which: int) -> WorkflowStandIn:
        workflows = list(self.orchestrator.workflows.values())
        return workflows[which % len(workflows)]
