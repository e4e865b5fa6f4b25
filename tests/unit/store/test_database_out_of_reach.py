import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from deltaci.errors import UnavailableError
from deltaci.store import database
from deltaci.store.database import Database
from deltaci.testing.postgres import PostgresServer


async def test_a_locked_file_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    monkeypatch.setattr(database, "SQLITE_BUSY_TIMEOUT_MS", 1)
    store = Database(sqlite_url)
    other = sqlite3.connect(str(make_url(sqlite_url).database), isolation_level=None)
    with closing(other):
        async with store.write() as tx:
            await tx.execute(text("CREATE TABLE things (id INTEGER)"))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            async with store.write() as tx:
                await tx.execute(text("INSERT INTO things VALUES (1)"))
        other.execute("ROLLBACK")
        async with store.write() as tx:
            await tx.execute(text("INSERT INTO things VALUES (1)"))
    await store.close()


async def test_a_server_without_the_database_is_unavailable(
    postgres_server: PostgresServer,
) -> None:
    store = Database(postgres_server.url("nowhere"))
    with pytest.raises(UnavailableError):
        async with store.read() as tx:
            await tx.execute(text("SELECT 1"))
    assert not await store.answers()
    await store.close()


async def test_a_statement_that_makes_no_sense_is_not_an_outage(database_url: str) -> None:
    store = Database(database_url)
    with pytest.raises(SQLAlchemyError):
        async with store.read() as tx:
            await tx.execute(text("SELECT nothing FROM nowhere"))
    await store.close()
