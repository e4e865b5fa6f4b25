"""Finding and ending every process of a job, also those that left its group or its session.

The runner makes itself the reaper of its orphaned descendants (`PR_SET_CHILD_SUBREAPER`), so a
process that detaches itself becomes a child of the runner instead of disappearing to init.
"""

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
_LOOK_SECONDS = 0.02
_KILL_SECONDS = 10.0


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent dies. Once per process.

    Raises OSError, as it does anywhere but on Linux.
    """
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "runners need Linux")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")


class ProcessTree:
    """The processes of one job: every descendant of this process that appeared since it was made.

    Only one job runs in a process at a time, so whatever appears belongs to it.
    """

    def __init__(self) -> None:
        self._before = frozenset(_children_of(os.getpid()))
        self._awaited: set[int] = set()

    def add(self, pid: int) -> None:
        """Name a direct child whose exit somebody else waits for, so that it is not reaped here."""
        self._awaited.add(pid)

    def alive(self) -> set[int]:
        """Return the job's live processes, after reaping its dead orphans."""
        self._reap_orphans()
        found: set[int] = set()
        frontier = [pid for pid in _children_of(os.getpid()) if pid not in self._before]
        while frontier:
            pid = frontier.pop()
            if pid not in found:
                found.add(pid)
                frontier.extend(_children_of(pid))
        return {pid for pid in found if not _is_zombie(pid)}

    async def end(self, grace_seconds: float) -> None:
        """Ask every process to stop, wait up to the grace, then kill until none is left."""
        if grace_seconds > 0 and self._signal(signal.SIGTERM):
            await _repeat_while(self.alive, grace_seconds)
        await _repeat_while(lambda: self._signal(signal.SIGKILL), _KILL_SECONDS)

    def _signal(self, number: signal.Signals) -> bool:
        targets = self.alive()
        for pid in targets:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        return bool(targets)

    def _reap_orphans(self) -> None:
        for pid in set(_children_of(os.getpid())) - self._before - self._awaited:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


async def _repeat_while(look: Callable[[], object], seconds: float) -> None:
    """Look until there is nothing; processes that are not our children announce nothing."""
    for _ in range(round(seconds / _LOOK_SECONDS)):
        if not look():
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _children_of(pid: int) -> Iterator[int]:
    try:
        for thread in (_PROC / str(pid) / "task").iterdir():
            yield from map(int, (thread / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        return


def _is_zombie(pid: int) -> bool:
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}
