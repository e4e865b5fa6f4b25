"""Bounds for work that strangers' servers or files may make slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deltaci.errors import UnavailableError


class Admission:
    """Lets `limit` callers in at once, each for a limited time; one too many is told at once.

    Nobody queues: what fills the room is slow, and a caller can try again.
    """

    def __init__(self, limit: int, what: str) -> None:
        self._limit = limit
        self._what = what
        self._inside = 0

    @asynccontextmanager
    async def enter(self, seconds: float) -> AsyncIterator[None]:
        """Run the block, for at most `seconds`. Raises UnavailableError."""
        if self._inside >= self._limit:
            raise UnavailableError(f"too much {self._what} is under way; try again")
        self._inside += 1
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise UnavailableError(f"{self._what} took longer than {seconds:g} s") from error
        finally:
            self._inside -= 1
