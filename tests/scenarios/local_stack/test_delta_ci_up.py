"""The whole stack as `delta-ci up` starts it: every part is the real one."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from deltaci.testing.commands import run_command, start_command
from deltaci.testing.repositories import MakeRepository

FREE_PORTS = ("--api-port", "0", "--temporal-port", "0", "--ui-port", "0")
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COLUMNS": "200"}
CONFIG = """\
version: 1
jobs:
  greet:
    steps: ["echo hello from the job"]
"""


@asynccontextmanager
async def stack(folder: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A stack in `folder/.delta-ci`, stopped at the end if the test did not."""
    up = await start_command(
        "up", *FREE_PORTS, "--json", *options, folder=folder, environment=ENVIRONMENT
    )
    assert up.stdout
    try:
        yield up
    finally:
        if up.returncode is None:
            up.terminate()
            await up.communicate()


async def announced(up: asyncio.subprocess.Process) -> Mapping[str, str]:
    assert up.stdout
    line = await up.stdout.readline()
    assert line, (await up.communicate())[1].decode()
    document: Mapping[str, str] = json.loads(line)
    return document


def processes_of(folder: Path) -> Iterator[str]:
    """The command lines of living processes whose folder is the stack's."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            home = process.joinpath("cwd").readlink()
        except OSError:
            continue
        if command and home.is_relative_to(folder / ".delta-ci"):
            yield command


def worker_of(supervisor: int) -> int:
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    (worker,) = (
        child
        for child in children
        if Path(f"/proc/{child}/cmdline").read_bytes().endswith(b"\0worker\0")
    )
    return int(worker)


async def test_one_command_serves_runs_and_leaves_nothing_behind(
    tmp_path: Path, git_repo: MakeRepository
) -> None:
    repository = git_repo({"ci.ai.yaml": CONFIG})
    delta_ci = partial(run_command, folder=tmp_path, environment=ENVIRONMENT)
    async with stack(tmp_path, "--ready-file", "ready.json") as up:
        endpoints = await announced(up)
        assert json.loads((tmp_path / "ready.json").read_text()) == endpoints
        second = await delta_ci("up", *FREE_PORTS)
        assert second.code == 1
        assert f"already runs on {tmp_path}/.delta-ci (process {up.pid})" in second.err
        added = await delta_ci("repo", "add", "demo", "--url", str(repository.path))
        assert added.code == 0, added.err
        ended = await delta_ci("run", "create", "demo", "--wait", "--json")
        assert ended.code == 0, ended.out + ended.err
        log = await delta_ci("run", "logs", json.loads(ended.out)["run"]["id"])
        assert "hello from the job" in log.out
        up.send_signal(signal.SIGINT)
        _, told = await up.communicate()
    assert up.returncode == 0, told.decode()
    assert list(processes_of(tmp_path)) == []
    assert not (tmp_path / ".delta-ci/local.json").exists()
    written = [each.read_text() for each in (tmp_path / ".delta-ci/logs").iterdir()]
    assert not any(endpoints["admin_token"] in text for text in (told.decode(), *written))


async def test_a_part_that_dies_is_named_and_the_rest_is_stopped(tmp_path: Path) -> None:
    async with stack(tmp_path, "--runners", "0") as up:
        await announced(up)
        os.kill(worker_of(up.pid), signal.SIGKILL)
        _, told = await up.communicate()
    assert up.returncode == 1
    assert "worker was ended by SIGKILL" in told.decode()
    assert list(processes_of(tmp_path)) == []


@pytest.mark.parametrize("variable", ["TEMPORAL_ADDRESS", "DELTA_CI_TEMPORAL_ADDRESS"])
async def test_a_port_that_is_taken_is_named(tmp_path: Path, variable: str) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ran = await run_command(
        "up",
        "--api-port",
        str(port),
        folder=tmp_path,
        environment={**ENVIRONMENT, variable: "127.0.0.1:1"},
    )
    server.close()
    assert ran.code == 1
    assert ran.err.startswith(f"cannot start: port {port} for the API cannot be used")
    assert "Traceback" not in ran.err
