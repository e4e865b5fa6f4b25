"""A recipe's steps, from the engine to a runner that may deploy, and back: real processes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from deltaci.artifacts.local import LocalBlobs
from deltaci.clock import utc_now
from deltaci.core import Core
from deltaci.engines.port import EngineOrder, EngineState, FailureCategory
from deltaci.engines.runner import RunnerEngine
from deltaci.identity.roles import Role
from deltaci.runner.agent import run_agent
from deltaci.runner.config import RunnerConfig
from deltaci.runs.deployment_job import RunJobs
from deltaci.sealing import Seal
from deltaci.settings import Settings
from deltaci.store.database import Database
from deltaci.testing.ci_bench import CiBench
from deltaci.testing.engine_bench import order_of
from deltaci.testing.memory_commits import MemoryCommits

LABEL = "deploy:staging"
SECRET = "token-that-nobody-may-see"
PATIENCE_SECONDS = 60

on_each_database = pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
async def engine(bench: CiBench) -> AsyncIterator[RunnerEngine]:
    """The engine as a worker has it, over the stack's own database and key."""
    folder = bench.stack.folder.root
    database = Database(bench.stack.database_url)
    settings = Settings(data_dir=folder, database_url=bench.stack.database_url)
    core = Core(database, LocalBlobs(folder / "blobs"), utc_now, settings, Seal.load("", folder))
    yield RunnerEngine(RunJobs(core, MemoryCommits()), utc_now)
    await database.close()


@pytest.fixture
async def deployer(bench: CiBench, tmp_path: Path) -> AsyncIterator[None]:
    """A runner that may deploy to staging, beside those that may not."""
    token = bench.stack.token("deployer-1", Role.RUNNER, labels=[LABEL])
    config = RunnerConfig(
        url=bench.stack.urls[0],
        token=token,
        runner_id="deployer-1",
        work_dir=tmp_path / "deployer",
        labels=(LABEL,),
        executors=("process",),
        poll_seconds=2,
    )
    agent = asyncio.create_task(run_agent(config))
    yield
    agent.cancel()
    await asyncio.wait({agent})


def _order(key: str, *steps: str) -> EngineOrder:
    order = order_of({"steps": list(steps)}, f'{{"DEPLOY_TOKEN": "{SECRET}"}}')
    return replace(order, key=key, deployment_id=key)


@on_each_database
async def test_the_steps_deploy_once_and_their_secrets_stay_secret(
    bench: CiBench, engine: RunnerEngine, deployer: None, tmp_path: Path
) -> None:
    place = tmp_path / "deployed"
    step = f'echo "$DELTA_CI_SERVICE $DELTA_CI_VERSION with $DEPLOY_TOKEN" | tee -a {place}'
    order = _order(f"deploy-{bench.stack.task_queue}", step)
    executions = await asyncio.gather(*(engine.start(order) for _ in range(3)))
    (run_id,) = {execution.id for execution in executions}

    assert await asyncio.to_thread(bench.until_ended, run_id) == "SUCCEEDED"

    assert (await engine.poll(order, executions[0])).state is EngineState.SUCCEEDED
    assert place.read_text() == f"checkout 1.2.3 with {SECRET}\n"
    log = await asyncio.to_thread(bench.log, run_id, "deploy")
    assert "checkout 1.2.3 with ***" in log
    assert SECRET not in log
    assert SECRET not in str(await asyncio.to_thread(bench.jobs, run_id))


async def test_a_step_that_fails_fails_the_deployment_and_says_which(
    bench: CiBench, engine: RunnerEngine, deployer: None
) -> None:
    order = _order(f"fail-{bench.stack.task_queue}", "echo config; exit 4")
    execution = await engine.start(order)
    assert await asyncio.to_thread(bench.until_ended, execution.id) == "FAILED"
    progress = await engine.poll(order, execution)
    assert progress.failure is not None
    assert progress.failure.category is FailureCategory.UNKNOWN
    assert "exit status 4" in (progress.failure.detail or "")


async def test_without_a_runner_that_may_deploy_it_waits_until_it_is_cancelled(
    bench: CiBench, engine: RunnerEngine
) -> None:
    order = _order(f"wait-{bench.stack.task_queue}", "true")
    execution = await engine.start(order)
    await asyncio.to_thread(bench.until_job, execution.id, "deploy", "QUEUED")
    assert (await engine.poll(order, execution)).state is EngineState.RUNNING
    await engine.cancel(order, execution)
    assert await asyncio.to_thread(bench.until_ended, execution.id) == "CANCELED"
    assert (await engine.poll(order, execution)).state is EngineState.CANCELED
