"""Hold a runner's request for a job open until there is one."""

import time

from deltaci.core import Core
from deltaci.jobs.lease import Seeker, grant_lease
from deltaci.store.wakeups import Wakeups
from deltaci.wire.runner import LeaseGranted

RECHECK_SECONDS = 5.0
"""Longest trust in wake-ups alone: a lost one delays a job by this much and no more."""


async def wait_for_lease(
    core: Core, wakeups: Wakeups, seeker: Seeker, wait_seconds: float
) -> LeaseGranted | None:
    """Grant a lease as soon as one is to be had, for at most `wait_seconds`."""
    deadline = time.monotonic() + min(wait_seconds, core.settings.lease_poll_max_seconds)
    while True:
        seen = wakeups.rung
        granted = await grant_lease(core, seeker)
        left = deadline - time.monotonic()
        if granted is not None or left <= 0:
            return granted
        await wakeups.wait(seen, min(left, RECHECK_SECONDS))
