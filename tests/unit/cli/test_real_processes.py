import asyncio
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deltaci.testing.answers import explanation_answer, job_answer, run_answer
from deltaci.testing.commands import run_command, start_command
from deltaci.testing.scripted_api import ScriptedApi

RUN = "/api/v1/runs/run_1"
HEAVY = {"temporalio", "sqlalchemy", "fastapi", "httpx2", "pydantic", "jwt", "rich", "asyncio"}


async def test_the_exit_code_reaches_the_shell(
    api: ScriptedApi, connected: Mapping[str, str], tmp_path: Path
) -> None:
    api.refuse(f"GET {RUN}", 404, "NOT_FOUND", "no such run")
    ran = await run_command("run", "show", "run_1", folder=tmp_path, environment=connected)
    assert (ran.code, ran.out, ran.err) == (4, "", "refused (NOT_FOUND): no such run\n")


async def test_interrupting_leaves_the_run_and_says_how_to_watch_again(
    api: ScriptedApi, connected: Mapping[str, str], tmp_path: Path
) -> None:
    api.answer(f"GET {RUN}", run_answer("RUNNING", job_answer("test", "RUNNING")))
    arguments = ("run", "watch", "run_1")
    watching = await start_command(*arguments, folder=tmp_path, environment=connected)
    assert watching.stdout
    assert b"run_1" in await watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, err = await watching.communicate()
    assert watching.returncode == 130
    assert err.decode() == "the run goes on; watch it again with: delta-ci run watch run_1\n"
    assert {request.method for request in api.requests} == {"GET"}


async def test_a_terminal_gets_a_picture_that_is_redrawn(
    api: ScriptedApi, connected: Mapping[str, str], tmp_path: Path
) -> None:
    failed = job_answer("test", "FAILED")
    failed["failure_explanations"] = [explanation_answer("test", "2 tests failed.", "line 1")]
    api.answer(f"GET {RUN}/jobs/job_test/logs", b"the last words\n")
    for state in ("RUNNING", "FAILED"):
        api.answer(f"GET {RUN}", run_answer(state, job_answer("build"), failed))
    screen = await asyncio.to_thread(on_a_terminal, tmp_path, connected)
    assert screen.count("2 tests failed.") == 1
    assert "the last words" in screen
    assert "\x1b[2K" in screen


def on_a_terminal(folder: Path, environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "deltaci.cli", "run", "watch", "run_1"]
    ours, theirs = pty.openpty()
    env = {**environment, "TERM": "xterm-256color", "LINES": "40"}
    with subprocess.Popen(
        command, cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: read_terminal(ours), b""))
        os.close(ours)
    assert process.returncode == 1
    return shown.decode()


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


def test_nothing_heavy_is_imported_before_a_command_needs_it() -> None:
    code = "import sys, deltaci.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert set(loaded.stdout.split()) & HEAVY == set()
