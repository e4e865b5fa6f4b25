"""Databases with the newest schema, of both kinds, and what use cases are handed."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from deltaci.artifacts.local import LocalBlobs
from deltaci.core import Core
from deltaci.settings import Settings
from deltaci.store.database import Database
from deltaci.store.migrate import upgrade
from deltaci.store.tables import Base
from deltaci.testing.factories import Factory
from deltaci.testing.memory_orchestrator import MemoryOrchestrator
from deltaci.testing.postgres import PostgresServer
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy: cheaper than migrating for every test."""
    file = tmp_path_factory.mktemp("migrated") / "template.sqlite3"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """One database for all, emptied before each test: cheaper than one for each."""
    url = postgres_server.create_database("migrated")
    upgrade(url)
    yield url
    postgres_server.drop_database("migrated")


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the newest schema, of each kind in turn; PostgreSQL's may hold rows."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_postgres"))
    file = tmp_path / "test.sqlite3"
    shutil.copy(request.getfixturevalue("migrated_sqlite"), file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """An empty database of each kind in turn."""
    database = Database(migrated_url)
    if not database.is_sqlite:
        await _empty(database)
    yield database
    await database.close()


async def _empty(database: Database) -> None:
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    async with database.write() as tx:
        await tx.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def core(database: Database, clock: SettableClock, tmp_path: Path) -> Core:
    settings = Settings(data_dir=tmp_path, local_repositories="any")
    return Core(database, LocalBlobs(tmp_path / "blobs"), clock, settings)


@pytest.fixture
def factory(core: Core, clock: SettableClock) -> Factory:
    return Factory(core, clock)


@pytest.fixture
def rows(core: Core) -> RowReader:
    return RowReader(core)


@pytest.fixture
def orchestrator() -> MemoryOrchestrator:
    return MemoryOrchestrator()
