"""Runs that a forge hears of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from deltaci.jobs.explain import explain_attempt
from deltaci.jobs.settle import settle_attempt
from deltaci.reports.compose import compose_checks
from deltaci.reports.report import report_run
from deltaci.reports.story import Story, read_story
from deltaci.repositories.register import register_repository
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.tables import PublishedCheck, RunReport, RunTrigger
from deltaci.testing.factories import ONE_JOB, REPOSITORY, USER, Factory
from deltaci.testing.memory_forge import MemoryForge, forge_of
from deltaci.vcs.port import Check
from deltaci.wire.forges import Provider
from deltaci.wire.orchestration import ReportStanding, RunEnding
from deltaci.wire.repositories import CreateRepository


@dataclass
class Reporter:
    """Makes runs of a repository that is on a forge, and tells the forge of them."""

    factory: Factory
    forge: MemoryForge = field(default_factory=MemoryForge)
    beats: int = 0

    async def run(
        self,
        jobs: Mapping[str, Mapping[str, Any]] = ONE_JOB,
        *,
        event: str | None = None,
        pr_number: int | None = None,
    ) -> str:
        """Create and plan a run, for an event of the forge or for nobody's but a person's."""
        request = CreateRepository(
            repo_id=REPOSITORY,
            url=f"/srv/{REPOSITORY}",
            provider=Provider.GITEA,
            full_name="Acme/Shop",
            token="a token of its own",
        )
        await register_repository(self.factory.core, USER, request)
        run_id = await self.factory.planned(jobs)
        if event is not None:
            await self.trigger(run_id, event, pr_number)
        return run_id

    async def trigger(self, run_id: str, event: str, pr_number: int | None = None) -> None:
        """Let a run be for an event."""
        async with self.factory.core.database.write() as tx:
            tx.add(
                RunTrigger(
                    run_id=run_id,
                    provider="gitea",
                    event_key="0" * 64,
                    event_type=event,
                    full_name="acme/shop",
                    pr_number=pr_number,
                    head_repository="",
                    head_ref="",
                    sender="eve",
                )
            )

    async def tell(self, run_id: str) -> ReportStanding:
        """Report a run as it stands."""
        forges = {Provider.GITEA: forge_of(self.forge)}
        return await report_run(self.factory.core, forges, run_id, self.beat)

    def beat(self) -> None:
        """Count the signs of life."""
        self.beats += 1

    async def end(self, run_id: str, **failing: dict[str, Any]) -> None:
        """Carry every job of a run out; those named fail so."""
        for _ in range(20):
            await self.factory.offer(run_id)
            holder = await self.factory.seek()
            if holder is None:
                break
            await holder.ack()
            name = holder.granted.job_spec.name
            if name not in failing:
                await holder.complete()
                continue
            await holder.complete("FAILED", **{"exit_code": 1, **failing[name]})
            attempt_id = (await self.factory.rows.attempt(run_id, name)).id
            await explain_attempt(self.factory.core, attempt_id)
            await settle_attempt(self.factory.core, attempt_id)
        ending = RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED)
        await settle_run(self.factory.core, ending)

    async def story(self, run_id: str) -> Story:
        """Read everything that a report shows."""
        async with self.factory.core.database.read() as tx:
            return await read_story(tx, self.factory.core, run_id)

    async def checks(self, run_id: str) -> dict[str, Check]:
        """Compose what the forge is to show, by key."""
        shown = compose_checks(await self.story(run_id), self.factory.core.settings)
        return {each.key: each.check for each in shown}

    async def report(self, run_id: str) -> RunReport:
        """Read how the report stands."""
        return await self.factory.rows.one(RunReport, RunReport.run_id == run_id)

    async def published(self, run_id: str) -> dict[str, PublishedCheck]:
        """Read what we remember of having shown."""
        rows = await self.factory.rows.all(PublishedCheck, PublishedCheck.run_id == run_id)
        return {row.key: row for row in rows}


@pytest.fixture
def reporter(factory: Factory) -> Reporter:
    return Reporter(factory)
