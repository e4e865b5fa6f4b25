from pathlib import Path

import pytest

from deltaci.testing.fake_lease import FakeLease
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus

# Stands in for the docker client where there is no engine: containers are files in its folder, and
# `exec` runs the command here. What docker itself makes of the arguments is not tried.
CLIENT = """#!/bin/sh
cd "$(dirname "$0")" || exit 9
echo "$*" >> calls
verb=$1; shift
case $verb in
  info) exit 0 ;;
  run)
    case "$*" in *missing/image*) echo "no such image" >&2; exit 125 ;; esac
    while [ "$1" != --name ]; do shift; done; touch "container-$2" ;;
  exec) cd "$2" && test -e "$OLDPWD/container-$3" && shift 3 && exec "$@" ;;
  rm) rm "container-$2" ;;
esac
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "engine"
    folder.mkdir()
    program = folder / "docker"
    program.write_text(CLIENT)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


async def run_in_image(bench: RunnerBench, *steps: str, **options: object) -> FakeLease:
    options.setdefault("image", "python:3.12")
    lease = await bench.offer(*steps, **options)
    await bench.run(executors=("process", "docker"))
    return lease


def verbs(engine: Path) -> list[str]:
    return [line.split()[0] for line in (engine / "calls").read_text().splitlines()]


def containers(engine: Path) -> list[Path]:
    return list(engine.glob("container-*"))


async def test_a_job_has_one_container_that_is_removed(bench: RunnerBench, engine: Path) -> None:
    lease = await run_in_image(bench, "cat README.md", "exit 4")
    assert "\nhello\n" in lease.text
    assert lease.completion.exit_code == 4
    assert verbs(engine) == ["info", "run", "exec", "exec", "rm"]
    assert containers(engine) == []


async def test_a_container_that_does_not_start_fails_the_job(
    bench: RunnerBench, engine: Path
) -> None:
    lease = await run_in_image(bench, "true", image="missing/image")
    assert lease.completion.summary == "image 'missing/image' did not start: no such image"
    assert lease.completion.steps == []


async def test_a_container_is_removed_after_a_timeout(bench: RunnerBench, engine: Path) -> None:
    lease = await run_in_image(bench, "sleep 300", max_runtime_seconds=1)
    assert lease.completion.status is CompletionStatus.TIMED_OUT
    assert containers(engine) == []


async def test_a_runner_with_an_engine_offers_images(bench: RunnerBench, engine: Path) -> None:
    await run_in_image(bench, "true")
    offered = bench.control_plane.lease_requests[0].capabilities
    assert {"executor:docker", "executor:process", "image"} <= set(offered)


async def test_jobs_without_an_image_stay_outside(bench: RunnerBench, engine: Path) -> None:
    await run_in_image(bench, "true", image="")
    assert verbs(engine) == ["info"]
