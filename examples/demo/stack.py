"""A private stack for the demo, and the command line that talks to it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).parent / "delta-ci"
START_SECONDS, STOP_SECONDS = 90, 45
WIDTH = "100"
SETTINGS = {"DELTA_CI_HEARTBEAT_INTERVAL_SECONDS": "2"}
"""A runner hears with its heartbeat that a job is cancelled; nobody wants to watch 20 s of that."""


class DemoFailedError(Exception):
    """Something did not go as the story says."""


class Stack:
    """`delta-ci up` on free ports with all that it keeps in `folder`, its output in `up.log`."""

    def __init__(self, folder: Path, runners: int) -> None:
        self._log = folder / "up.log"
        ready_file = folder / "ready.json"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(COMMAND, "up", "--runners", str(runners)),
                    *("--data-dir", folder / "data", "--ready-file", ready_file),
                    *("--api-port", "0", "--temporal-port", "0", "--ui-port", "0"),
                ],
                env=os.environ | SETTINGS,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.endpoints: dict[str, str] = self._when_ready(ready_file)

    def stop(self) -> None:
        """Ask it to stop; returns when every part has. Raises DemoFailedError when it does not."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            raise DemoFailedError(f"the stack did not stop in {STOP_SECONDS} s") from error

    def _when_ready(self, ready_file: Path) -> dict[str, str]:
        deadline = time.monotonic() + START_SECONDS
        while not ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise DemoFailedError(f"the stack did not start:\n{self._log.read_text()}")
            time.sleep(0.05)
        document: dict[str, str] = json.loads(ready_file.read_text())
        return document


class CommandLine:
    """`delta-ci`, pointed at the stack."""

    def __init__(self, endpoints: dict[str, str]) -> None:
        self._environment = os.environ | {
            "DELTA_CI_URL": endpoints["api_url"],
            "DELTA_CI_TOKEN": endpoints["admin_token"],
            "COLUMNS": WIDTH,
        }

    def show(self, *arguments: str, exits: int = 0) -> None:
        """Run a command where it is seen. Raises DemoFailedError for another exit code."""
        print(f"\n$ delta-ci {shlex.join(arguments)}", flush=True)
        code = subprocess.run(
            [COMMAND, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
        if code != exits:
            raise DemoFailedError(f"expected exit code {exits}, got {code}")

    def ask(self, *arguments: str) -> Any:
        """Run a command unseen and return its JSON. Raises DemoFailedError when it fails."""
        result = subprocess.run(
            [COMMAND, *arguments, "--json"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise DemoFailedError(f"delta-ci {shlex.join(arguments)}: {result.stderr.strip()}")
        return json.loads(result.stdout)
