"""Repositories, runs and leases in any state, made by the use cases themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from deltaci.core import Core
from deltaci.jobs.lease import Seeker, grant_lease
from deltaci.jobs.offer import offer_attempt
from deltaci.repositories.register import register_repository
from deltaci.runs.create import create_run
from deltaci.runs.plan import plan_run
from deltaci.runs.record import record_run
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.memory_commits import MemoryCommits, config, job
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock
from deltaci.vcs.port import Provider, PullRequest, Push
from deltaci.webhooks.decide import KnownRepository, decide
from deltaci.wire.orchestration import JobTicket, PlannedRun
from deltaci.wire.repositories import CreateRepository
from deltaci.wire.runs import CreateRun

REPOSITORY = "acme/shop"
USER = "ada"
ONE_JOB: Mapping[str, Mapping[str, Any]] = {"build": job()}


@dataclass
class Factory:
    """Makes things with as few words as a test can bear; `core.clock` must be `clock`."""

    core: Core
    clock: SettableClock
    commits: MemoryCommits = field(default_factory=MemoryCommits)

    @property
    def rows(self) -> RowReader:
        """What the database says."""
        return RowReader(self.core)

    def under(self, **settings: Any) -> "Factory":
        """Return the same factory under other settings."""
        changed = self.core.settings.model_copy(update=settings)
        return replace(self, core=replace(self.core, settings=changed))

    async def repository(self, repo_id: str = REPOSITORY) -> str:
        """Register a repository; repeating it is fine."""
        request = CreateRepository(repo_id=repo_id, url=f"/srv/{repo_id}", default_branch="main")
        await register_repository(self.core, USER, request)
        return repo_id

    async def run(
        self,
        files: Mapping[str, str] | None = None,
        *,
        repo_id: str = REPOSITORY,
        ref: str = "main",
        key: str | None = None,
        actor: str = USER,
    ) -> str:
        """Commit the files to `ref` and create a run of it; time moves on a little."""
        await self.repository(repo_id)
        self.clock.advance(0.001)
        self.commits.commit(files or config(ONE_JOB), ref)
        request = CreateRun(repo_id=repo_id, ref=ref)
        accepted, _ = await create_run(self.core, self.commits, actor, request, key)
        return accepted.run_id

    async def delivered(self, event: Push | PullRequest) -> str:
        """Create the run that a delivery of this event leads to; time moves on a little."""
        await self.repository()
        self.clock.advance(0.001)
        known = KnownRepository(REPOSITORY, Provider.GITEA, REPOSITORY, forge=None)
        decision = decide(event, known, self.core.settings)
        if decision.run is None:
            raise LookupError(decision.reason)
        async with self.core.database.write() as tx:
            return (await record_run(tx, self.core, decision.run)).id

    async def plan(self, run_id: str) -> PlannedRun:
        """Plan a run."""
        return await plan_run(self.core, self.commits, run_id)

    async def planned(
        self, jobs: Mapping[str, Mapping[str, Any]] = ONE_JOB, *, ref: str = "main", **runs: Any
    ) -> str:
        """Create and plan a run of these jobs; run policies are given by name."""
        run_id = await self.run(config(jobs, **runs), ref=ref)
        await self.plan(run_id)
        return run_id

    async def offer(self, run_id: str, *names: str) -> None:
        """Offer the newest attempts of these jobs, or of all that need nothing."""
        for ticket in (await self.plan(run_id)).jobs:
            if ticket.name in names or not (names or ticket.needs):
                await offer_attempt(self.core, ticket.attempt_id, token_of(ticket))

    async def offered(
        self, jobs: Mapping[str, Mapping[str, Any]] = ONE_JOB, *, ref: str = "main", **runs: Any
    ) -> str:
        """Create a run whose first jobs wait for runners."""
        run_id = await self.planned(jobs, ref=ref, **runs)
        await self.offer(run_id)
        return run_id

    async def seek(
        self,
        runner_id: str = "runner-1",
        capabilities: Sequence[str] = (),
        repos: Sequence[str] | None = None,
    ) -> LeaseHolder | None:
        """Ask for a job as a runner does, of these repositories or of any."""
        wanted = None if repos is None else frozenset(repos)
        seeker = Seeker(runner_id, frozenset(capabilities), wanted)
        granted = await grant_lease(self.core, seeker)
        return LeaseHolder(self.core, runner_id, granted) if granted else None

    async def leased(
        self, jobs: Mapping[str, Mapping[str, Any]] = ONE_JOB, runner_id: str = "runner-1"
    ) -> LeaseHolder:
        """Create a run whose first job is leased."""
        await self.offered(jobs)
        holder = await self.seek(runner_id)
        if holder is None:
            raise LookupError("no job was to be had")
        return holder

    async def started(self, jobs: Mapping[str, Mapping[str, Any]] = ONE_JOB) -> LeaseHolder:
        """Create a run whose first job is leased and acknowledged."""
        holder = await self.leased(jobs)
        await holder.ack()
        return holder

    async def running(self, jobs: Mapping[str, Mapping[str, Any]] = ONE_JOB) -> LeaseHolder:
        """Create a run whose first job has sent a heartbeat."""
        holder = await self.started(jobs)
        await holder.beat()
        return holder


def token_of(ticket: JobTicket) -> bytes:
    """Return the task token under which `Factory.offer` offers this attempt."""
    return f"token of {ticket.attempt_id}".encode()
