"""Learn that something was committed, without asking the database all the time.

Waiting runners must hear of a queued job within milliseconds, while an idle system should do
next to nothing. PostgreSQL tells us (LISTEN/NOTIFY). SQLite cannot, but every commit of any process
grows or rewrites its write-ahead log, so the log's size and times are looked at instead: one `stat`
a tick, no query. A wake-up is a hint; whoever waits must look for work again and may find none.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from deltaci.store.database import Database, Transaction

CHANNEL = "delta_ci_queue"
TICK_SECONDS = 0.01
RECONNECT_SECONDS = 1.0


async def ring(tx: Transaction) -> None:
    """Wake everybody who waits, once this transaction commits."""
    if tx.get_bind().dialect.name == "postgresql":
        await tx.execute(text(f"NOTIFY {CHANNEL}"))


class Wakeups:
    """Waits for the next commit that may have queued a job."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bell = asyncio.Condition()
        self._rung = 0

    @property
    def rung(self) -> int:
        """How often the bell has rung; pass it to `wait` to miss nothing in between."""
        return self._rung

    async def wait(self, seen: int, timeout: float) -> int:  # noqa: ASYNC109 - a bound on one wait, not a cancel scope
        """Return the new count as soon as it differs from `seen`, or `seen` after the timeout."""
        async with self._bell:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._bell.wait_for(lambda: self._rung != seen), timeout=timeout
                )
            return self._rung

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Wakeups"]:
        """Listen while the block runs."""
        listen = self._watch_sqlite if self._database.is_sqlite else self._listen_postgresql
        task = asyncio.create_task(listen(), name="wakeups")
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _ring(self) -> None:
        async with self._bell:
            self._rung += 1
            self._bell.notify_all()

    async def _watch_sqlite(self) -> None:
        log = Path(f"{self._database.url.database}-wal")
        last = _look(log)
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if (now := _look(log)) != last:
                last = now
                await self._ring()

    async def _listen_postgresql(self) -> None:
        import psycopg  # noqa: PLC0415 - an optional extra

        url = self._database.url.set(drivername="postgresql")
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(
                    url.render_as_string(hide_password=False), autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._ring()  # whatever was committed before we listened
                    async for _notice in connection.notifies():
                        await self._ring()
            await asyncio.sleep(RECONNECT_SECONDS)


def _look(log: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(log)  # noqa: PTH116 - a hundred times a second
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
