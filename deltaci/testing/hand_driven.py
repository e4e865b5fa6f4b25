"""Carry a run through its life by hand: each step of its workflow, when a test says so.

For tests of what happens at the edges of the control plane, without an orchestrator.
"""

from dataclasses import dataclass

from deltaci.core import Core
from deltaci.jobs.explain import explain_attempt
from deltaci.jobs.offer import offer_attempt
from deltaci.jobs.settle import settle_attempt
from deltaci.runs.plan import plan_run
from deltaci.runs.ports import CommitSource
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.jobs import find_attempt, find_job
from deltaci.wire.orchestration import PlannedRun, RunEnding, Settlement


@dataclass(frozen=True, slots=True)
class HandDrivenRun:
    """One run, and the parts of the control plane that act on it."""

    core: Core
    commits: CommitSource
    run_id: str

    async def plan(self) -> PlannedRun:
        """Plan the run and store its jobs."""
        return await plan_run(self.core, self.commits, self.run_id)

    async def offer(self, *names: str) -> None:
        """Queue the newest attempt of each named job for runners."""
        for name in names:
            attempt_id = await self.attempt_id(name)
            await offer_attempt(self.core, attempt_id, f"token of {attempt_id}".encode())

    async def after_failure(self, name: str) -> Settlement:
        """Explain the newest attempt of a job and decide what follows it."""
        attempt_id = await self.attempt_id(name)
        await explain_attempt(self.core, attempt_id)
        return await settle_attempt(self.core, attempt_id)

    async def settle(self, wanted: RunState = RunState.SUCCEEDED) -> RunState:
        """End the run with the outcome that its rows justify."""
        return await settle_run(self.core, RunEnding(run_id=self.run_id, wanted=wanted))

    async def attempt_id(self, name: str) -> str:
        """The id of a job's newest attempt. Raises LookupError when there is none."""
        async with self.core.database.read() as tx:
            job = await find_job(tx, self.run_id, name)
            attempt = await find_attempt(tx, job.id, None) if job else None
        if attempt is None:
            raise LookupError(f"{self.run_id} has no attempt of {name!r}")
        return attempt.id
