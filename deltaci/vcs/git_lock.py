"""A lock between processes on one folder, waited for without blocking the event loop."""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deltaci.vcs.git_errors import GitTimeoutError

_POLL_SECONDS = 0.02


@asynccontextmanager
async def exclusive(path: Path, *, timeout_seconds: float) -> AsyncIterator[None]:
    """Hold the lock file `path`; it is released when the process dies, too.

    Raises GitTimeoutError when the lock is not free in time.
    """
    deadline = time.monotonic() + timeout_seconds
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _taken(descriptor):
            if time.monotonic() >= deadline:
                raise GitTimeoutError(f"the mirror is busy for more than {timeout_seconds:g} s")
            await asyncio.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
