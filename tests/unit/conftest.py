"""Databases with the newest schema, of both kinds, and what use cases are handed."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from deltaci.artifacts.local import LocalBlobs
from deltaci.core import Core
from deltaci.forge_settings import GiteaSettings
from deltaci.sealing import Seal
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
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('migrated') / 'test.sqlite3'}"
    upgrade(url)
    return url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create_database("migrated")
    upgrade(url)
    yield url
    postgres_server.drop_database("migrated")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """A database with the newest schema, of each kind in turn; it may hold rows."""
    return str(request.getfixturevalue(f"migrated_{request.param}"))


@pytest.fixture(scope="session")
async def shared_database(migrated_url: str) -> AsyncIterator[Database]:
    """One database of each kind for all tests: statements stay compiled, connections open."""
    database = Database(migrated_url)
    yield database
    await database.close()


@pytest.fixture
async def database(shared_database: Database) -> Database:
    """An empty database of each kind in turn."""
    shared_database.on_effects = lambda _effects: None
    await _empty(shared_database)
    return shared_database


NAMES = [table.name for table in reversed(Base.metadata.sorted_tables)]
WRITTEN = text(
    " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in NAMES)  # noqa: S608 - names of our own
)
"""The tables with rows: a test writes into few, and emptying all of them takes longer than most."""


async def _empty(database: Database) -> None:
    async with database.write() as tx:
        written = set(await tx.scalars(WRITTEN))
        for name in NAMES:
            if name in written:
                await tx.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - as above


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def core(database: Database, clock: SettableClock, tmp_path: Path) -> Core:
    gitea = GiteaSettings(url="https://gitea.test")
    settings = Settings(data_dir=tmp_path, local_repositories="any", gitea=gitea)
    return Core(database, LocalBlobs(tmp_path / "blobs"), clock, settings, Seal.load("", tmp_path))


@pytest.fixture
def factory(core: Core, clock: SettableClock) -> Factory:
    return Factory(core, clock)


@pytest.fixture
def rows(core: Core) -> RowReader:
    return RowReader(core)


@pytest.fixture
def orchestrator() -> MemoryOrchestrator:
    return MemoryOrchestrator()
