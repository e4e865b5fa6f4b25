"""`delta-ci up` on the same data folder goes on with what was unfinished."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from deltaci.testing.ci_bench import RUNS, config
from deltaci.testing.repositories import GitRepository
from deltaci.testing.stack import QUICK
from deltaci.testing.waiting import until

START_SECONDS, STOP_SECONDS = 60, 30


class Up:
    """A running `delta-ci up`, and a client of its API."""

    def __init__(self, process: subprocess.Popen[bytes], endpoints: dict[str, str]) -> None:
        self.process = process
        credential = {"Authorization": f"Bearer {endpoints['admin_token']}"}
        self.http = httpx2.Client(
            base_url=endpoints["api_url"], headers=credential, trust_env=False, timeout=30
        )

    def end(self, number: signal.Signals) -> int:
        self.http.close()
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def state(self, run: str) -> str:
        return str(self.http.get(f"{RUNS}/{run}").json()["run"]["state"])


@contextmanager
def up(folder: Path) -> Iterator[Up]:
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    anywhere = ("--api-port=0", "--temporal-port=0", "--ui-port=0")
    where = ("--data-dir", str(folder / "data"), "--ready-file", str(ready))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DELTA_CI_")}
    with (folder / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deltaci.cli", "up", *anywhere, *where],
            env=ours | QUICK,
            stdout=log,
            stderr=log,
        )
    try:
        until(
            lambda: ready.exists() or process.poll() is not None, "it serves", seconds=START_SECONDS
        )
        assert process.poll() is None, (folder / "up.log").read_text()
        yield Up(process, json.loads(ready.read_text()))
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)]
)
def test_a_restarted_stack_goes_on_with_an_unfinished_run(
    tmp_path: Path, number: signal.Signals
) -> None:
    traces, gate = tmp_path / "traces", tmp_path / "open"
    step = f"echo x >> {traces}; until test -e {gate}; do sleep 0.02; done"
    repository = GitRepository.create(
        tmp_path / "app", {"ci.ai.yaml": config({"test": {"steps": [step], "runs_on": []}}, {})}
    )
    with up(tmp_path) as first:
        body = {"repo_id": "app", "url": str(repository.path)}
        first.http.post("/api/v1/repositories", json=body).raise_for_status()
        run = first.http.post(RUNS, json={"repo_id": "app", "ref": "main"}).json()["run_id"]
        until(traces.exists, "the job runs")
        first.end(number)
    gate.touch()
    with up(tmp_path) as second:
        until(lambda: second.state(run) == "SUCCEEDED", "the run has ended", seconds=60)
        assert second.end(signal.SIGTERM) in {0, 128 + signal.SIGTERM}
