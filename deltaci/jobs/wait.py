"""Hold runners' requests for jobs open until there are jobs."""

import asyncio
import time

from deltaci.core import Core
from deltaci.jobs.lease import HoldsEnoughError, Seeker, grant_lease
from deltaci.store.wakeups import Wakeups
from deltaci.wire.runner import LeaseGranted

RECHECK_SECONDS = 5.0
"""Longest trust in wake-ups alone: a lost one delays a job by this much and no more."""
REMEMBERED_MAX = 1000
"""Runners choose their capabilities, so what is remembered about them is bounded."""


class LeaseDesk:
    """Where the runners of one API process wait.

    A commit wakes all of them. One looks at a time, and once it has found nothing, others with
    equal wishes need not look before the next commit.
    """

    def __init__(self, core: Core, wakeups: Wakeups) -> None:
        self._core = core
        self._wakeups = wakeups
        self._line = asyncio.Lock()
        self._empty_at: dict[tuple[frozenset[str], frozenset[str] | None], int] = {}

    async def wait(self, seeker: Seeker, wait_seconds: float) -> LeaseGranted | None:
        """Grant a lease as soon as one is to be had, for at most `wait_seconds`."""
        longest = min(wait_seconds, self._core.settings.lease_poll_max_seconds)
        deadline = time.monotonic() + longest
        look_again_at = 0.0
        while True:
            seen = self._wakeups.rung
            granted = await self._look(seeker, force=time.monotonic() >= look_again_at)
            now = time.monotonic()
            if granted is not None or now >= deadline:
                return granted
            look_again_at = now + RECHECK_SECONDS
            await self._wakeups.wait(seen, min(deadline - now, RECHECK_SECONDS))

    async def _look(self, seeker: Seeker, *, force: bool) -> LeaseGranted | None:
        wish = seeker.capabilities, seeker.repos
        async with self._line:
            if not force and self._empty_at.get(wish) == self._wakeups.rung:
                return None
            rung = self._wakeups.rung
            try:
                granted = await grant_lease(self._core, seeker)
            except HoldsEnoughError:
                return None
            if granted is None:
                if len(self._empty_at) >= REMEMBERED_MAX:
                    self._empty_at.clear()
                self._empty_at[wish] = rung
            return granted
