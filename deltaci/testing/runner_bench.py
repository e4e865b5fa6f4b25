"""A real runner against a scripted control plane, for tests of what runners do with jobs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deltaci.planner.model import JobSpec
from deltaci.runner.agent import run_agent
from deltaci.runner.config import RunnerConfig
from deltaci.testing.control_plane import FakeControlPlane
from deltaci.testing.fake_lease import FakeLease
from deltaci.testing.repositories import GitRepository
from deltaci.wire.runner import Checkout

_END_SECONDS = 60.0


@dataclass(frozen=True)
class RunnerBench:
    """One control plane, one repository, and the configuration of the runner to try."""

    control_plane: FakeControlPlane
    repository: GitRepository
    config: RunnerConfig

    async def offer(self, *steps: str, **options: Any) -> FakeLease:
        """Queue a job for the repository's head.

        Options are fields of the job's spec, of its checkout, its `secrets`, and the timings of
        `FakeControlPlane.offer`.
        """
        checkout = {
            "repo_id": "acme/app",
            "url": str(self.repository.path),
            "commit_sha": self.repository.head,
            "ref": "refs/heads/main",
            "fork": False,
        }
        checkout |= {name: options.pop(name) for name in list(options) if name in checkout}
        secrets = options.pop("secrets", {})
        timing = {name: options.pop(name) for name in list(options) if name.endswith("_seconds")}
        spec = JobSpec(name=options.pop("name", "test"), steps=steps, **options)
        return await self.control_plane.offer(spec, Checkout(**checkout), secrets=secrets, **timing)

    @contextlib.asynccontextmanager
    async def running(self, **options: Any) -> AsyncIterator[asyncio.Task[None]]:
        """Run the agent beside the body; options replace those of its configuration."""
        task = asyncio.create_task(run_agent(replace(self.config, **options)))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def run(self, **options: Any) -> None:
        """Run the agent until one job is done. Raises TimeoutError after a minute."""
        async with self.running(max_jobs=1, **options) as agent:
            await asyncio.wait_for(agent, _END_SECONDS)

    async def until_printed(self, lease: FakeLease, line: str) -> None:
        """Wait until the job's log has this line. Raises TimeoutError."""
        await self.control_plane.until(lambda: line in lease.text.splitlines())

    def leftovers(self) -> list[Path]:
        """What jobs left in the work folder."""
        return list((self.config.work_dir / "jobs").iterdir())
