"""The real application, with publishers that may register builds."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.app import build_app
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.testing.api_calls import serving
from deltaci.testing.postgres import PostgresServer
from deltaci.testing.registrar import Registrar

_numbers = itertools.count(1)


@asynccontextmanager
async def opened(
    data_dir: Path, database_url: str = "", **settings: Any
) -> AsyncIterator[Registrar]:
    wanted = Settings(
        data_dir=data_dir,
        database_url=database_url,
        temporal_address="127.0.0.1:1",
        **settings,
    )
    await asyncio.to_thread(upgrade, wanted.resolved_database_url)
    async with serving(build_app(wanted)) as served:
        yield await Registrar(served).open()


OpenRegistry = Callable[..., AbstractAsyncContextManager[Registrar]]


@pytest.fixture
def open_registry(tmp_path: Path) -> OpenRegistry:
    """Open a registry of the test's own under other settings."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    return lambda **settings: opened(data_dir, **settings)


@pytest.fixture(scope="session")
async def registry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Registrar]:
    """The registry on SQLite, shared by the tests of a process: each uses services of its own."""
    async with opened(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
async def own_registry(tmp_path: Path) -> AsyncIterator[Registrar]:
    """A registry of the test's own, for those who change what admins can."""
    async with opened(tmp_path) as registry:
        yield registry


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def registry_on_each_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Registrar]:
    """The registry on each database in turn, where the database could make a difference."""
    url = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database(f"registry_{next(_numbers)}")
    async with opened(tmp_path_factory.mktemp("registry"), url) as registry:
        yield registry
