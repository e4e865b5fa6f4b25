"""Taking turns to write to one SQLite file, among the tasks of a process and among processes.

SQLite has one writer, and whoever finds it busy sleeps and looks again, up to 100 ms late. A file
lock hands the turn over the moment it is free; the kernel drops it when its process dies.
"""

import asyncio
import fcntl
import os
from pathlib import Path
from types import TracebackType


class WriteTurn:
    """An asynchronous context manager: the block runs while no other turn's block does."""

    def __init__(self, lock_path: Path) -> None:
        self._lock_path = lock_path
        self._tasks = asyncio.Lock()
        self._file: int | None = None

    async def __aenter__(self) -> None:
        """Wait for the turn; first come, first served within the process."""
        await self._tasks.acquire()
        try:
            if self._try_file():
                return
            waiting = asyncio.ensure_future(asyncio.to_thread(self._wait_for_file))
        except BaseException:
            self._tasks.release()
            raise
        try:
            await asyncio.shield(waiting)
        except BaseException:
            # The thread cannot be interrupted: the turn is passed on once it has got it.
            waiting.add_done_callback(lambda _done: self._pass_on())
            raise

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Pass the turn on."""
        self._pass_on()

    def close(self) -> None:
        """Close the lock file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._file

    def _try_file(self) -> bool:
        try:
            fcntl.flock(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait_for_file(self) -> None:
        fcntl.flock(self._opened(), fcntl.LOCK_EX)

    def _pass_on(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._tasks.release()
