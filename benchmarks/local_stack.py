"""Starts the whole local stack for a benchmark, and stops it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class LocalStack:
    """Where a running stack answers."""

    api_url: str
    temporal_address: str
    admin_token: str
    folder: Path
    pid: int


@contextmanager
def local_stack(runners: int) -> Iterator[LocalStack]:
    """Run `delta-ci up` on free ports in a temporary folder while the block runs."""
    with tempfile.TemporaryDirectory(prefix="delta-ci-bench-") as name:
        folder, ready = Path(name), Path(name) / "ready.json"
        ports = ("--api-port", "0", "--temporal-port", "0", "--ui-port", "0")
        command = (sys.executable, "-m", "deltaci.cli", "up", "--data-dir", str(folder / "data"))
        process = subprocess.Popen(
            (*command, *ports, "--runners", str(runners), "--ready-file", str(ready)),
            stdout=subprocess.DEVNULL,
        )
        try:
            facts = _wait_for(ready, process)
            yield LocalStack(
                facts["api_url"],
                facts["temporal_address"],
                facts["admin_token"],
                folder,
                process.pid,
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)


def _wait_for(ready: Path, process: "subprocess.Popen[bytes]") -> dict[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("the local stack did not start; see its output above")
        if ready.exists():
            facts: dict[str, str] = json.loads(ready.read_text())
            return facts
        time.sleep(0.05)
    raise SystemExit(f"the local stack was not ready within {START_SECONDS} s")


def make_repository(folder: Path, step: str) -> Path:
    """Create a repository whose one job runs `step`."""
    folder.mkdir(parents=True)
    (folder / "ci.ai.yaml").write_text(
        f"version: 1\njobs:\n  noop:\n    steps: [{json.dumps(step)}]\n"
    )
    for number in range(20):
        (folder / f"module_{number}.py").write_text(f"VALUE = {number}\n")
    identity = {"GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@localhost"}
    identity |= {"GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@localhost"}
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        subprocess.run(("git", *arguments), cwd=folder, check=True, env={**os.environ, **identity})
    return folder
