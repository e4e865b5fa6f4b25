"""Hold runners' heartbeats open until there is news of their leases."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from deltaci.core import Core
from deltaci.jobs.heartbeat import answer_about, heartbeat
from deltaci.jobs.held import peek_active
from deltaci.store.leases import hash_lease_id, with_news
from deltaci.store.wakeups import Wakeups
from deltaci.wire.runner import Heartbeat, HeartbeatAck

RECHECK_SECONDS = 5.0
"""Longest trust in wake-ups alone."""
PAUSE_SECONDS = 0.02
"""Commits come in bursts: one look at the leases for all that were made within this time."""

log = structlog.get_logger(__name__)

HungUp = Callable[[], Awaitable[None]]
"""Returns once nobody waits for the answer any more."""


class LeaseWatch:
    """Where the heartbeats of one API process wait, and the one watcher of all their leases."""

    def __init__(self, core: Core, wakeups: Wakeups) -> None:
        self._core = core
        self._wakeups = wakeups
        self._waiting: dict[asyncio.Future[None], str] = {}
        self._somebody_waits = asyncio.Event()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator["LeaseWatch"]:
        """Watch while the block runs."""
        task = asyncio.create_task(self._watch(), name="lease watch")
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def beat(self, message: Heartbeat, hung_up: HungUp) -> HeartbeatAck:
        """Extend the lease at once; answer when there is news of it, or the wait is over.

        News is that the runner shall stop, or that the lease has ended: then raises
        StaleLeaseError, as `heartbeat` does.
        """
        answer = await heartbeat(self._core, message)
        if not message.wait_seconds or answer.cancel_requested:
            return answer
        if not await self._is_told(message, hung_up):
            return answer
        async with self._core.database.read() as tx:
            now = self._core.clock()
            held = await peek_active(tx, message.lease_id, message.runner_id, now)
        return answer_about(self._core, message, held.lease, now)

    async def _is_told(self, message: Heartbeat, hung_up: HungUp) -> bool:
        id_hash, told = hash_lease_id(message.lease_id), asyncio.get_running_loop().create_future()
        self._waiting[told] = id_hash
        self._somebody_waits.set()
        leaving = asyncio.ensure_future(hung_up())
        try:
            # The watcher may have looked between the heartbeat's commit and this wait.
            if id_hash in await self._news_of({id_hash}):
                return True
            await asyncio.wait(
                {told, leaving},
                timeout=message.wait_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            return told.done()
        finally:
            leaving.cancel()
            del self._waiting[told]
            if not self._waiting:
                self._somebody_waits.clear()

    async def _watch(self) -> None:
        while True:
            await self._somebody_waits.wait()
            seen = self._wakeups.rung
            try:
                self._tell(await self._news_of(set(self._waiting.values())))
            except Exception as error:  # noqa: BLE001 - outlives every outage of the database
                log.warning("leases_not_watched", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE_SECONDS)
            await self._wakeups.wait(seen, RECHECK_SECONDS)

    async def _news_of(self, id_hashes: set[str]) -> set[str]:
        async with self._core.database.read() as tx:
            return await with_news(tx, id_hashes)

    def _tell(self, id_hashes: set[str]) -> None:
        for told, id_hash in self._waiting.items():
            if id_hash in id_hashes and not told.done():
                told.set_result(None)
