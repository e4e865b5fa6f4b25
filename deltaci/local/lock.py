"""One supervisor per data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deltaci.local.errors import StackError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file for the block; raises StackError naming the holder when it is taken.

    The kernel releases the lock when this process ends, however it ends.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise StackError(
                f"a stack already runs on {path.parent} (process {holder}); "
                "stop it, or use another --data-dir"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
