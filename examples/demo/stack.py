"""A private stack for the demo, and the command line that talks to it."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

COMMAND = Path(sys.executable).parent / "delta-ci"
START_SECONDS, SEEN_SECONDS, STOP_SECONDS = 90, 30, 45
WIDTH, FOLDED_WIDTH = "100", 90
SETTINGS = {"DELTA_CI_HEARTBEAT_INTERVAL_SECONDS": "2"}
"""A runner hears with its heartbeat that a job is cancelled; nobody wants to watch 20 s of that."""
NOTHING_MORE: Mapping[str, str] = {}
Found = TypeVar("Found")


class DemoFailedError(Exception):
    """Something did not go as the story says."""


class Stack:
    """`delta-ci up` on free ports with all that it keeps in `folder`, its output in `up.log`."""

    def __init__(self, folder: Path, runners: int, settings: dict[str, str]) -> None:
        self._log = folder / "up.log"
        ready_file = folder / "ready.json"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(COMMAND, "up", "--runners", str(runners)),
                    *("--data-dir", folder / "data", "--ready-file", ready_file),
                    *("--api-port", "0", "--temporal-port", "0", "--ui-port", "0"),
                ],
                env=os.environ | SETTINGS | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.endpoints: dict[str, str] = self._when_ready(ready_file)

    def stop(self) -> None:
        """Ask it to stop; returns when every part has. Raises DemoFailedError when it does not."""
        stop_process(self.process, "the stack")

    def _when_ready(self, ready_file: Path) -> dict[str, str]:
        deadline = time.monotonic() + START_SECONDS
        while not ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise DemoFailedError(f"the stack did not start:\n{self._log.read_text()}")
            time.sleep(0.05)
        document: dict[str, str] = json.loads(ready_file.read_text())
        return document


def stop_process(process: subprocess.Popen[Any], name: str) -> None:
    """Ask a process to stop, and wait for it. Raises DemoFailedError when it does not."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise DemoFailedError(f"{name} did not stop in {STOP_SECONDS} s") from error


def when(found: Callable[[], Found | None], what: str) -> Found:
    """Return what is found as soon as it is there. Raises DemoFailedError."""
    deadline = time.monotonic() + SEEN_SECONDS
    while time.monotonic() < deadline:
        if (it := found()) is not None:
            return it
        time.sleep(0.1)
    raise DemoFailedError(f"waited in vain for {what}: {SEEN_SECONDS} s")


class CommandLine:
    """`delta-ci`, pointed at the stack."""

    def __init__(self, endpoints: dict[str, str]) -> None:
        self._environment = os.environ | {
            "DELTA_CI_URL": endpoints["api_url"],
            "DELTA_CI_TOKEN": endpoints["admin_token"],
            "COLUMNS": WIDTH,
        }

    def show(
        self,
        *arguments: str,
        exits: int = 0,
        secrets: tuple[str, ...] = (),
        environment: Mapping[str, str] = NOTHING_MORE,
    ) -> None:
        """Run a command where it is seen, and give it secrets unseen, one in a line.

        Raises DemoFailedError for another exit code.
        """
        print(f"\n$ {_folded(shlex.join(('delta-ci', *arguments)))}", flush=True)
        code = subprocess.run(
            [COMMAND, *arguments],
            env={**self._environment, **environment},
            input="".join(f"{secret}\n" for secret in secrets),
            text=True,
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


def _folded(command: str) -> str:
    """Fold a long command as a shell takes it, each option with its value."""
    joined = re.sub(r"(--\S+) (?!--)", "\\1\0", command)
    lines = textwrap.wrap(joined, FOLDED_WIDTH, break_long_words=False, break_on_hyphens=False)
    return " \\\n    ".join(lines).replace("\0", " ")
