"""Waiting runners hear of a queued job at once, from whichever process it comes."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from deltaci.jobs.lease import Seeker
from deltaci.jobs.wait import LeaseDesk
from deltaci.store.database import Database
from deltaci.store.wakeups import Wakeups, ring
from deltaci.testing.factories import Factory

LONG = 30.0


async def _stays() -> None:
    await asyncio.Event().wait()


async def _leaves() -> None:
    return


@pytest.fixture
async def wakeups(database: Database) -> AsyncIterator[Wakeups]:
    async with Wakeups(database).listening() as listening:
        if not database.is_sqlite:
            await listening.wait(0, LONG)  # it rings once when it has begun to listen
        yield listening


async def _commit_elsewhere(factory: Factory) -> None:
    """Commit through a pool of its own, as another process would."""
    other = Database(factory.core.database.url.render_as_string(hide_password=False))
    await factory.repository()
    async with other.write() as tx:
        await ring(tx)
    await other.close()


async def test_a_commit_elsewhere_wakes_who_waits(factory: Factory, wakeups: Wakeups) -> None:
    seen = wakeups.rung
    waiting = asyncio.create_task(wakeups.wait(seen, LONG))

    await _commit_elsewhere(factory)

    assert await waiting > seen


async def test_what_rang_before_the_wait_is_not_missed(factory: Factory, wakeups: Wakeups) -> None:
    seen = wakeups.rung
    await _commit_elsewhere(factory)
    first = await wakeups.wait(seen, LONG)

    assert await wakeups.wait(seen, LONG) >= first


async def test_without_news_the_wait_ends_by_itself(wakeups: Wakeups) -> None:
    seen = await wakeups.wait(-1, LONG)
    while (latest := await wakeups.wait(seen, 0.2)) != seen:
        seen = latest  # what opening the database wrote may still be heard

    assert await wakeups.wait(seen, 0.02) == seen


async def test_a_waiting_runner_gets_a_job_as_soon_as_there_is_one(
    factory: Factory, wakeups: Wakeups
) -> None:
    desk = LeaseDesk(factory.core, wakeups)
    began = time.monotonic()
    waiting = asyncio.create_task(desk.wait(Seeker("runner-1", frozenset()), LONG, _stays))
    run_id = await factory.offered()

    granted = await waiting

    assert granted is not None
    assert granted.run_id == run_id
    assert time.monotonic() - began < LONG / 2


async def test_of_many_waiting_runners_one_gets_the_job(factory: Factory, wakeups: Wakeups) -> None:
    desk = LeaseDesk(factory.core, wakeups)
    waiting = [
        asyncio.create_task(desk.wait(Seeker(f"runner-{n}", frozenset()), 1, _stays))
        for n in range(5)
    ]
    await factory.offered()

    granted = await asyncio.gather(*waiting)

    assert len([each for each in granted if each]) == 1


async def test_a_runner_that_hung_up_leaves_the_job_to_others(
    factory: Factory, wakeups: Wakeups
) -> None:
    desk = LeaseDesk(factory.core, wakeups)
    await factory.offered()
    await desk.wait(Seeker("gone", frozenset()), LONG, _leaves)

    granted = await desk.wait(Seeker("runner-1", frozenset()), LONG, _stays)

    assert granted is not None


async def test_a_listener_that_loses_its_connection_listens_again(
    factory: Factory, wakeups: Wakeups
) -> None:
    if factory.core.database.is_sqlite:
        return  # it has none to lose
    seen = wakeups.rung
    async with factory.core.database.write() as tx:
        await tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        )
    seen = await wakeups.wait(seen, LONG)

    await _commit_elsewhere(factory)

    assert await wakeups.wait(seen, LONG) > seen
