"""One process of a stack that tests start, kill, freeze and start again under the same name."""

import select
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from deltaci.local.child import Child, ChildSpec
from deltaci.local.log_file import tail
from deltaci.testing.waiting import until

STOP_SECONDS = 30.0
END_SECONDS = 10.0


class PartFailedError(Exception):
    """A part ended or hung instead of doing what it was asked to."""


class Part:
    """Each start is a new process with a log of its own: what a dead process said is kept."""

    def __init__(self, spec: ChildSpec, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = spec.name
        self.logs: list[Path] = []
        self._spec = spec
        self._folder = folder
        self._environment = environment
        self._child: Child | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a process, ready or not."""
        return self._child is not None and not self._child.has_ended()

    @property
    def pid(self) -> int:
        """Process id of the running process."""
        return self._running().pid

    def spawn(self) -> None:
        """Start a process without waiting for it to be ready."""
        if self.is_running:
            raise PartFailedError(f"{self.name} is running already")
        self._forget()
        numbered = replace(self._spec, name=f"{self.name}.{len(self.logs) + 1}")
        self._child = Child(numbered, self._folder, self._environment)
        self.logs.append(self._child.log_path)

    def wait_until_ready(self) -> None:
        """Return once the process serves. Raises PartFailedError when it ends instead."""
        until(self._is_ready, f"{self.name} serves", seconds=self._spec.start_timeout_seconds)

    def start(self) -> None:
        """Start a process and wait until it serves."""
        self.spawn()
        self.wait_until_ready()

    def kill(self) -> None:
        """End it with SIGKILL, together with its process group; returns when it is gone."""
        self._running().kill()
        self._await_end(END_SECONDS)

    def stop(self) -> int:
        """Ask it to end with SIGTERM and return its exit code. Raises PartFailedError if it hangs.

        A step that has finished already returns its code at once.
        """
        child = self._known()
        child.ask_to_stop()
        self._await_end(STOP_SECONDS)
        return child.exit_code or 0

    def freeze(self) -> None:
        """Stop its clock: the process and its connections stay, and it does nothing."""
        signal.pidfd_send_signal(self._running().fileno(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        signal.pidfd_send_signal(self._running().fileno(), signal.SIGCONT)

    def close(self) -> None:
        """Kill what is left and release everything."""
        if self.is_running:
            self.kill()
        self._forget()

    def tail(self) -> str:
        """The last lines that its newest process said."""
        return tail(self.logs[-1], lines=15) if self.logs else ""

    def _running(self) -> Child:
        child = self._known()
        if child.has_ended():
            raise PartFailedError(f"{self.name} has ended with {child.exit_code}:\n{self.tail()}")
        return child

    def _known(self) -> Child:
        if self._child is None:
            raise PartFailedError(f"{self.name} was never started")
        return self._child

    def _is_ready(self) -> bool:
        child = self._known()
        if child.is_ready():
            return True
        if child.has_ended():
            raise PartFailedError(f"{self.name} ended with {child.exit_code}:\n{self.tail()}")
        return False

    def _await_end(self, seconds: float) -> None:
        child = self._known()
        if child.exit_code is None and not select.select([child], [], [], seconds)[0]:
            raise PartFailedError(f"{self.name} did not end within {seconds:g} s:\n{self.tail()}")
        until(child.has_ended, f"{self.name} is gone", seconds=END_SECONDS)

    def _forget(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None
