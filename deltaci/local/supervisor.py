"""Starts children stage by stage, watches them, and stops them in reverse order.

One thread and no event loop: it sleeps in `select` on the children's process descriptors and on a
signal pipe, so that an idle stack costs nothing here.
"""

import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn, Self

from deltaci.local import log_file
from deltaci.local.child import Child, ChildSpec, ReadyWhen
from deltaci.local.errors import ChildFailedError, StopRequested

PROBE_INTERVAL_SECONDS = 0.05
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks the stack to stop; one that we were started to ignore (`nohup`) stays ignored."""


class Supervisor:
    """A context in which children live; leaving it stops them all.

    `on_ready` hears the name of each child as it becomes ready.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], on_ready: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._on_ready = on_ready
        self._stages: list[list[Child]] = []
        self._stop_signals = 0
        self._woken, self._wake = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        self._woken.settimeout(0)
        self._wake.settimeout(0)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._wakeup_before = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        self._handlers_before = {
            number: signal.signal(number, self._note_signal)
            for number in STOP_SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_all()
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        self._selector.close()
        for child in self._children():
            child.close()
        self._woken.close()
        self._wake.close()

    def start(self, stage: Sequence[ChildSpec]) -> None:
        """Start children together and return once all are ready.

        Raises ChildFailedError naming the one that did not start, and StopRequested when a signal
        came meanwhile.
        """
        began = time.monotonic()
        children: list[Child] = []
        self._stages.append(children)
        # Extended one by one: when the second cannot be started, the first must still be stopped.
        children.extend(self._spawn(spec) for spec in stage)
        waiting = list(children)
        while waiting:
            waiting = [child for child in waiting if not self._announce_if_ready(child)]
            self._check(waiting, time.monotonic() - began)
            if waiting:
                self._sleep(PROBE_INTERVAL_SECONDS)

    def watch(self) -> NoReturn:
        """Raise StopRequested when asked to stop, ChildFailedError when a child dies."""
        while True:
            self._check([], 0)
            self._sleep(None)

    def _spawn(self, spec: ChildSpec) -> Child:
        try:
            child = Child(spec, self._folder, self._environment)
        except OSError as error:
            problem = f"cannot be started: {error}"
            raise ChildFailedError(spec.name, problem, self._folder / "logs", "") from error
        self._selector.register(child, selectors.EVENT_READ)
        return child

    def _announce_if_ready(self, child: Child) -> bool:
        ready = child.is_ready()
        if ready:
            self._on_ready(child.spec.name)
        return ready

    def _check(self, waiting: Sequence[Child], elapsed_seconds: float) -> None:
        if self._stop_signals:
            raise StopRequested
        for child in self._children():
            if child.has_ended() and not _finished_well(child):
                raise _failure(child, _describe_exit(child.exit_code))
        for child in waiting:
            if elapsed_seconds > child.spec.start_timeout_seconds:
                limit = child.spec.start_timeout_seconds
                raise _failure(child, f"was not ready within {limit:g} s")

    def _children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    def _sleep(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            if isinstance(key.fileobj, Child):
                self._selector.unregister(key.fileobj)
            else:
                self._woken.recv(64)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop_signals += 1

    def _stop_all(self) -> None:
        asked_before = self._stop_signals
        for stage in reversed(self._stages):
            for child in stage:
                child.ask_to_stop()
            deadline = time.monotonic() + max(
                (child.spec.stop_grace_seconds for child in stage), default=0
            )
            while not all(child.has_ended() for child in stage):
                impatient = self._stop_signals > asked_before
                if impatient or time.monotonic() > deadline:
                    for child in stage:
                        child.kill()
                self._sleep(PROBE_INTERVAL_SECONDS)


def _finished_well(child: Child) -> bool:
    return child.spec.ready_when is ReadyWhen.FINISHES and child.exit_code == 0


def _failure(child: Child, problem: str) -> ChildFailedError:
    log = child.log_path
    return ChildFailedError(child.spec.name, problem, log, log_file.tail(log))


def _describe_exit(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"exited with status {code}"
