"""Sessions and transactions over SQLite and PostgreSQL, with one meaning on both.

`write()` is one transaction that cannot be overtaken: on SQLite it has the only write turn, on
PostgreSQL it holds the rows that it begins with (`hold_run`). `read()` sees one moment and takes no
locks. Effects put into the outbox during a write are announced to the `on_effects` listener after
the commit, and never when it fails.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from pathlib import Path

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from deltaci.errors import UnavailableError
from deltaci.store.tables.base import table_of
from deltaci.store.tables.records import Effect, Transition
from deltaci.store.write_turn import WriteTurn

Transaction = AsyncSession
"""What the functions of this package are handed; they never commit."""

SQLITE_BUSY_TIMEOUT_MS = 15_000
POOL_SIZE = 10
POOL_TIMEOUT_SECONDS = 10
ANSWER_SECONDS = 3.0
NEW_EFFECTS = "new_effects"
NEW_TRANSITIONS = "new_transitions"

POSTGRESQL_LIMITS = (
    "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
)
"""Every wait inside PostgreSQL is bounded; what is cut off is answered 503 and tried again."""


_transitions = table_of(Transition)


class Database:
    """One database, shared by everything in a process."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            pool_pre_ping=not self.is_sqlite,
            hide_parameters=True,  # else what a failed statement carried would reach the log
            connect_args={} if self.is_sqlite else {"options": POSTGRESQL_LIMITS},
        )
        self.on_effects: Callable[[Sequence[Effect]], None] = lambda _effects: None
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        writer = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._writes = async_sessionmaker(writer, expire_on_commit=False)
        reader = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._reads = async_sessionmaker(reader, expire_on_commit=False)
        self._turn = self._write_turn()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises UnavailableError when the database is away, locked or too slow.
        """
        with _unavailable_if_out_of_reach():
            async with self._turn, self._writes.begin() as session:
                yield session
                await session.flush()
                if transitions := session.info.get(NEW_TRANSITIONS):
                    await session.execute(_transitions.insert(), transitions)
                effects = list(session.info.get(NEW_EFFECTS, ()))
        if effects:
            self.on_effects(effects)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A consistent snapshot for reading; raises UnavailableError as `write` does."""
        with _unavailable_if_out_of_reach():
            async with self._reads() as session:
                yield session

    async def answers(self) -> bool:
        """Whether the database can be asked something right now."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self.read() as session:
                await session.execute(text("SELECT 1"))
        except (OSError, SQLAlchemyError, UnavailableError):
            return False
        return True

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
        if isinstance(self._turn, WriteTurn):
            self._turn.close()

    def _write_turn(self) -> AbstractAsyncContextManager[None]:
        if not self.is_sqlite:
            return nullcontext()
        if not self.url.database or self.url.database == ":memory:":
            return asyncio.Lock()
        return WriteTurn(Path(f"{self.url.database}.lock"))


@contextmanager
def _unavailable_if_out_of_reach() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, NoConnectionError) as error:
        if _is_our_own_mistake(error):
            raise
        raise UnavailableError("the database cannot be used right now; try again") from error


def _is_our_own_mistake(error: SQLAlchemyError) -> bool:
    """SQLite calls a statement that it does not understand operational, too."""
    orig = getattr(error, "orig", None)
    return getattr(orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we emit BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def is_serialised(tx: Transaction) -> bool:
    """Whether a write holds everything anyway, so that no row need be held (SQLite)."""
    return tx.get_bind().dialect.name == "sqlite"
