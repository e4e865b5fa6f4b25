"""Running work beside other work, and stopping it without leaving anything behind."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from deltaci.runner.stop import Stop, StopReason

_log = logging.getLogger(__name__)
Result = TypeVar("Result")


async def run_until(
    stop: Stop, at_least: StopReason, work: Coroutine[Any, Any, Result], seconds: float | None
) -> Result | None:
    """Return what `work` returns, or None when it had to stop.

    Work that is stopped, or takes longer than `seconds`, is cancelled and awaited. Raises
    TimeoutError, and what `work` raises.
    """
    task = asyncio.create_task(work)
    async with background(stop.wait(at_least)) as stopped:
        try:
            await asyncio.wait(
                {task, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled():
            return task.result()
        if stopped.done():
            return None
        raise TimeoutError


@contextlib.asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run `work` beside the body and stop it afterwards; its failure is logged."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()):
            _log.error("a task beside the job failed", exc_info=error)
