"""One supervised child process."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from deltaci.local import log_file
from deltaci.local.announcement import Announcement

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


class ReadyWhen(Enum):
    """What makes a child count as ready."""

    ANSWERS = auto()
    """Its probe says so."""
    ANNOUNCES = auto()
    """It says so itself, through `deltaci.ready`."""
    FINISHES = auto()
    """It exits with status 0: a step, not a server."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How to run one part of the stack. `environment` is added to the supervisor's own."""

    name: str
    argv: tuple[str, ...]
    ready_when: ReadyWhen
    environment: Mapping[str, str] = field(default_factory=dict)
    probe: Callable[[], bool] = lambda: True
    start_timeout_seconds: float = 60.0
    stop_grace_seconds: float = 10.0


class Child:
    """A started process with its log, readiness and end."""

    def __init__(self, spec: ChildSpec, folder: Path, environment: Mapping[str, str]) -> None:
        self.spec = spec
        self.log_path = folder / "logs" / f"{spec.name}.log"
        self.exit_code: int | None = None
        self._announcement = Announcement()
        log = log_file.start_log(self.log_path)
        try:
            self._process = subprocess.Popen(
                spec.argv,
                cwd=folder,
                env={**environment, **spec.environment, **self._announcement.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - the supervisor has one thread
            )
        except BaseException:
            self._announcement.close()
            raise
        finally:
            os.close(log)
        self._pidfd = os.pidfd_open(self._process.pid)

    @property
    def pid(self) -> int:
        """Process id, which is also the id of its process group."""
        return self._process.pid

    def fileno(self) -> int:
        """A descriptor that becomes readable when the process has ended."""
        return self._pidfd

    def has_ended(self) -> bool:
        """Whether the process is gone; sets `exit_code` and kills what it left in its group."""
        if self.exit_code is None and self._is_zombie():
            # The unreaped leader still holds the group's number, so it cannot be someone else's.
            self._signal_group(signal.SIGKILL)
            self.exit_code = self._process.wait()
        return self.exit_code is not None

    def is_ready(self) -> bool:
        """Whether the part serves, or the step is done."""
        match self.spec.ready_when:
            case ReadyWhen.FINISHES:
                return self.has_ended() and self.exit_code == 0
            case ReadyWhen.ANNOUNCES:
                return not self.has_ended() and self._announcement.heard()
            case ReadyWhen.ANSWERS:
                return not self.has_ended() and self.spec.probe()

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process itself, which stops what it started in its own way."""
        if not self.has_ended():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the whole group."""
        if not self.has_ended():
            self._signal_group(signal.SIGKILL)

    def close(self) -> None:
        """Release the descriptors of an ended process."""
        os.close(self._pidfd)
        self._announcement.close()

    def _is_zombie(self) -> bool:
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PIDFD, self._pidfd, flags) is not None

    def _signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def _die_with(supervisor: int) -> Callable[[], None]:
    """What the child does before it becomes another program: ask for SIGTERM on our death."""

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:
            os._exit(1)

    return prepare
