"""Hold runners' requests for jobs open until there are jobs."""

import asyncio
import time
from typing import Any

from deltaci.core import Core
from deltaci.jobs.hand_back import hand_back
from deltaci.jobs.lease import HoldsEnoughError, Seeker, grant_lease
from deltaci.jobs.watch import HungUp
from deltaci.store.wakeups import Wakeups
from deltaci.wire.runner import HandBack, LeaseGranted

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

    async def wait(
        self, seeker: Seeker, wait_seconds: float, hung_up: HungUp
    ) -> LeaseGranted | None:
        """Grant a lease as soon as one is to be had, for at most `wait_seconds`.

        None as soon as nobody waits for the answer any more; a job that was granted in the very
        moment is handed back.
        """
        longest = min(wait_seconds, self._core.settings.lease_poll_max_seconds)
        leaving = asyncio.ensure_future(hung_up())
        try:
            granted = await self._granted_before(time.monotonic() + longest, seeker, leaving)
        finally:
            leaving.cancel()
        if granted is not None and _is_gone(leaving):
            lease = HandBack(lease_id=granted.lease_id, runner_id=seeker.runner_id)
            await hand_back(self._core, lease)
            return None
        return granted

    async def _granted_before(
        self, deadline: float, seeker: Seeker, leaving: "asyncio.Future[None]"
    ) -> LeaseGranted | None:
        look_again_at = 0.0
        while True:
            seen = self._wakeups.rung
            granted = await self._look(seeker, leaving, force=time.monotonic() >= look_again_at)
            now = time.monotonic()
            if granted is not None or now >= deadline or _is_gone(leaving):
                return granted
            look_again_at = now + RECHECK_SECONDS
            pause = self._wakeups.wait(seen, min(deadline - now, RECHECK_SECONDS))
            wakeup = asyncio.ensure_future(pause)
            either: set[asyncio.Future[Any]] = {wakeup, leaving}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                wakeup.cancel()

    async def _look(
        self, seeker: Seeker, leaving: "asyncio.Future[None]", *, force: bool
    ) -> LeaseGranted | None:
        wish = seeker.capabilities, seeker.repos
        async with self._line:
            if _is_gone(leaving):
                return None
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


def _is_gone(leaving: "asyncio.Future[None]") -> bool:
    return leaving.done() and not leaving.cancelled()
