from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deltaci.runner.config import RunnerConfig
from deltaci.testing.control_plane import FakeControlPlane
from deltaci.testing.repositories import MakeRepository
from deltaci.testing.runner_bench import RunnerBench


@pytest.fixture
async def bench(git_repo: MakeRepository, tmp_path: Path) -> AsyncIterator[RunnerBench]:
    """A control plane, a repository with a README, and a runner that may be tried on them."""
    async with FakeControlPlane() as control_plane:
        config = RunnerConfig(
            url=control_plane.url,
            token=control_plane.token,
            runner_id="runner-1",
            work_dir=tmp_path / "runner",
            executors=("process",),
            poll_seconds=5,
            kill_grace_seconds=1,
        )
        yield RunnerBench(control_plane, git_repo({"README.md": "hello\n"}), config)
