"""Log files of the children: one per part, the previous start's kept beside it."""

import os
from pathlib import Path

TAIL_MAX_BYTES = 16_384
TAIL_LINES = 15


def start_log(path: Path) -> int:
    """Begin a fresh log and return its descriptor for a child to write to."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log; empty when there are none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_MAX_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
