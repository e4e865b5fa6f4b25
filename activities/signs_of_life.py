"""Signs of life of activities whose work is one long call, so that a dead worker is noticed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from temporalio import activity

BEATS_PER_TIMEOUT = 4


@contextlib.asynccontextmanager
async def signs_of_life() -> AsyncIterator[None]:
    """Heartbeat in the background, several times within the activity's heartbeat timeout."""
    timeout = activity.info().heartbeat_timeout
    if timeout is None:
        yield
        return
    beating = asyncio.create_task(_beat(timeout.total_seconds() / BEATS_PER_TIMEOUT))
    try:
        yield
    finally:
        beating.cancel()


async def _beat(interval_seconds: float) -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(interval_seconds)
