"""Waiting for a condition, within a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

LOOK_AGAIN_SECONDS = 0.03
PATIENCE_SECONDS = 30.0


class NeverCameTrueError(AssertionError):
    """What was waited for did not happen in time."""


def until(look: Callable[[], Found], what: str = "", *, seconds: float = PATIENCE_SECONDS) -> Found:
    """Return the first true answer of `look`; raises NeverCameTrueError with the last one."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            name = what or getattr(look, "__qualname__", "it")
            raise NeverCameTrueError(f"{name}: not within {seconds:g} s, last seen {found!r}")
        time.sleep(LOOK_AGAIN_SECONDS)
    return found
