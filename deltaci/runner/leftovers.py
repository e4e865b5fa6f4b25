"""Ends and removes what a killed runner left behind, so that the next one starts clean."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from deltaci.runner.executors.docker import remove_containers
from deltaci.runner.executors.port import sandbox_name
from deltaci.runner.workspace import remove_tree


def sweep_leftovers(jobs: Path) -> None:
    """Kill processes and containers of earlier jobs in this folder, then delete its content."""
    leftovers = list(jobs.iterdir())
    remove_containers([sandbox_name(leftover) for leftover in leftovers])
    for leftover in leftovers:
        for pid in _processes_in(leftover):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        remove_tree(leftover)


def _processes_in(workspace: Path) -> Iterator[int]:
    """Find processes by what every step is given: a TMPDIR inside its workspace."""
    mark = b"TMPDIR=" + os.fsencode(workspace) + b"/"
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes():
                yield int(process.name)
