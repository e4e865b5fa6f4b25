"""Why a running job must stop, and the one place that says so."""

import asyncio
from enum import IntEnum


class StopReason(IntEnum):
    """Ordered by force: a stronger reason replaces a weaker one."""

    HAND_BACK = 1
    CANCELED = 2
    LEASE_LOST = 3


class Stop:
    """A latch that several tasks may pull and the job waits on."""

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.deadline_seconds: float | None = None
        self._pulled = {reason: asyncio.Event() for reason in StopReason}

    def request(self, reason: StopReason, deadline_seconds: float | None = None) -> None:
        """Ask the job to stop, with the time that it has; repeated and weaker asks are no-ops."""
        if self.reason is not None and self.reason >= reason:
            return
        self.reason = reason
        self.deadline_seconds = deadline_seconds
        for weaker_or_same in StopReason:
            if weaker_or_same <= reason:
                self._pulled[weaker_or_same].set()

    async def wait(self, at_least: StopReason) -> None:
        """Return once somebody asked with this force or more."""
        await self._pulled[at_least].wait()
