"""The real application, and a tool that reports to it. Temporal is absent."""

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
from deltaci.testing.tracker import Tracker

_numbers = itertools.count(1)


@asynccontextmanager
async def opened(data_dir: Path, database_url: str = "", **settings: Any) -> AsyncIterator[Tracker]:
    wanted = Settings(
        data_dir=data_dir,
        database_url=database_url,
        temporal_address="127.0.0.1:1",
        **settings,
    )
    await asyncio.to_thread(upgrade, wanted.resolved_database_url)
    async with serving(build_app(wanted)) as served:
        yield await Tracker(served).open()


OpenTracker = Callable[..., AbstractAsyncContextManager[Tracker]]


@pytest.fixture
def open_tracker(tmp_path: Path) -> OpenTracker:
    """Open an API of the test's own under other settings."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    return lambda **settings: opened(data_dir, **settings)


@pytest.fixture(scope="session")
async def tracker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tracker]:
    """The API on SQLite, shared by the tests of a process: each uses products of its own."""
    async with opened(tmp_path_factory.mktemp("tracker")) as tracker:
        yield tracker


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def tracker_on_each_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Tracker]:
    """The API on each database in turn, where the database could make a difference."""
    url = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database(f"tracker_{next(_numbers)}")
    async with opened(tmp_path_factory.mktemp("tracker"), url) as tracker:
        yield tracker
