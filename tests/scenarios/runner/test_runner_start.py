"""`delta-ci runner start`: what is said by options and variables reaches the jobs."""

import os
from pathlib import Path

from deltaci.planner.model import CacheSpec
from deltaci.testing.commands import Ran, run_command
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus

START = ("runner", "start", "--name", "runner-1", "--once")


async def start(bench: RunnerBench, folder: Path, *options: str, **variables: str) -> Ran:
    environment = {
        "PATH": os.environ["PATH"],
        "DELTA_CI_URL": bench.control_plane.url,
        "DELTA_CI_TOKEN": bench.control_plane.token,
        **variables,
    }
    return await run_command(*START, *options, folder=folder, environment=environment)


async def test_variables_reach_the_job(bench: RunnerBench, tmp_path: Path) -> None:
    bench.repository.commit({"more": "x"})
    lease = await bench.offer(
        'test "$LICENSE" = for-tests',
        "test $(git rev-list --count HEAD) -eq 2",
        "mkdir out",
        caches=(CacheSpec("dependency", "k", ("out",)),),
    )
    ran = await start(
        bench,
        tmp_path,
        LICENSE="for-tests",
        DELTA_CI_RUNNER_PASS_ENV="OTHER, LICENSE",
        DELTA_CI_RUNNER_FETCH_DEPTH="0",
        DELTA_CI_RUNNER_LABELS="gpu,big",
        DELTA_CI_RUNNER_EXECUTORS="process",
        DELTA_CI_RUNNER_CACHE_DIR=str(tmp_path / "shared"),
        DELTA_CI_RUNNER_WORK_DIR=str(tmp_path / "work"),
    )
    assert (ran.code, lease.completion.status) == (0, CompletionStatus.SUCCEEDED)
    assert (tmp_path / "work" / "jobs").is_dir()
    assert list((tmp_path / "shared").iterdir())
    (request,) = bench.control_plane.lease_requests
    assert request.capabilities[:2] == ["gpu", "big"]
    assert "executor:docker" not in request.capabilities


async def test_options_win_over_variables(bench: RunnerBench, tmp_path: Path) -> None:
    lease = await bench.offer("seq 1 10000")
    ran = await start(
        bench, tmp_path, "--log-max-bytes", "2000", DELTA_CI_RUNNER_LOG_MAX_BYTES="100000"
    )
    assert (ran.code, len(lease.log)) == (0, 2000)


async def test_an_unknown_executor_is_named(bench: RunnerBench, tmp_path: Path) -> None:
    ran = await start(bench, tmp_path, "--executors", "podmam")
    assert ran.code == 1
    assert "unknown executor 'podmam'; known: process, bubblewrap, docker" in ran.err
    assert "Traceback" not in ran.err
