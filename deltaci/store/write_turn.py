"""Taking turns to write to one SQLite file, among the tasks of a process and among processes.

SQLite has one writer, and whoever finds it busy sleeps up to 100 ms before looking again. Here one
task of each process looks every millisecond; the kernel drops the file lock of a process that
dies.
"""

import asyncio
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from deltaci.errors import UnavailableError

LOOK_EVERY_SECONDS = 0.001
PATIENCE_SECONDS = 15.0
"""Longest wait for another process, which must be frozen to keep its turn that long."""


class WriteTurn:
    """An asynchronous context manager: the block runs while no other turn's block does."""

    def __init__(self, lock_path: Path) -> None:
        self._lock_path = lock_path
        self._tasks = asyncio.Lock()
        self._file: int | None = None

    async def __aenter__(self) -> None:
        """Wait for the turn, first come, first served within the process.

        Raises UnavailableError when another process does not give it up.
        """
        await self._tasks.acquire()
        try:
            await self._wait_for_file()
        except BaseException:
            self._tasks.release()
            raise

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Pass the turn on."""
        fcntl.flock(self._opened(), fcntl.LOCK_UN)
        self._tasks.release()

    def close(self) -> None:
        """Close the lock file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._file

    async def _wait_for_file(self) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self._try_file():
            if time.monotonic() > give_up_at:
                raise UnavailableError("another process holds the database's write turn")
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _try_file(self) -> bool:
        try:
            fcntl.flock(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
