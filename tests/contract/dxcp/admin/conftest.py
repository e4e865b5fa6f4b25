"""Two API processes' worth of application on one database, with nothing set by any admin."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import delete

from api.app import build_app
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.store.tables import AdminSetting, UsageCounter
from deltaci.testing.api_calls import serving
from deltaci.testing.postgres import PostgresServer
from deltaci.testing.replicas import Replicas

_numbers = itertools.count(1)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def two_replicas(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Replicas]:
    url = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database(f"governance_{next(_numbers)}")
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("governance"),
        database_url=url,
        temporal_address="127.0.0.1:1",
    )
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(serving(build_app(settings)))
        second = await stack.enter_async_context(serving(build_app(settings)))
        yield Replicas(first, second)


@pytest.fixture
async def replicas(two_replicas: Replicas) -> Replicas:
    """Two replicas on each database in turn, as if just installed."""
    async with two_replicas.first.core.database.write() as tx:
        await tx.execute(delete(AdminSetting))
        await tx.execute(delete(UsageCounter))
    return two_replicas
