"""One transaction means the same on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError

from deltaci.errors import UnavailableError
from deltaci.store.database import Database
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.tables import Effect, Repository
from deltaci.testing.settable_clock import NOON


def _repository(name: str, at: datetime = NOON) -> Repository:
    return Repository(id=name, url="/srv", default_branch="main", created_by="ada", created_at=at)


async def _names(database: Database) -> list[str]:
    async with database.read() as tx:
        return list(await tx.scalars(select(Repository.id).order_by(Repository.id)))


async def test_what_is_written_is_there_afterwards(database: Database) -> None:
    async with database.write() as tx:
        tx.add(_repository("a"))

    assert await _names(database) == ["a"]


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as tx:
            tx.add(_repository("a"))
            await tx.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _names(database) == []


async def test_a_block_that_is_cancelled_leaves_nothing_and_blocks_nobody(
    database: Database,
) -> None:
    inside = asyncio.Event()

    async def write_and_hang() -> None:
        async with database.write() as tx:
            tx.add(_repository("a"))
            await tx.flush()
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_hang())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.write() as tx:
        tx.add(_repository("b"))

    assert await _names(database) == ["b"]


async def test_readers_do_not_wait_for_a_writer_and_see_nothing_of_it(database: Database) -> None:
    async with database.write() as tx:
        tx.add(_repository("a"))
        await tx.flush()
        assert await _names(database) == []

    assert await _names(database) == ["a"]


async def test_a_read_is_one_snapshot(database: Database) -> None:
    async with database.read() as tx:
        before = await tx.scalar(select(func.count()).select_from(Repository))
        async with database.write() as other:
            other.add(_repository("a"))
        after = await tx.scalar(select(func.count()).select_from(Repository))

    assert (before, after) == (0, 0)


async def test_reads_and_writes_inside_one_write_cannot_be_overtaken(database: Database) -> None:
    async with database.write() as tx:
        tx.add(_repository("counter", NOON))

    async def add_one_minute() -> None:
        async with database.write() as tx:
            row = await tx.get(Repository, "counter", with_for_update=True)
            assert row is not None
            row.created_at += timedelta(minutes=1)

    await asyncio.gather(*(add_one_minute() for _ in range(20)))

    async with database.read() as tx:
        row = await tx.get_one(Repository, "counter")
    assert row.created_at == NOON + timedelta(minutes=20)


async def test_effects_are_announced_after_the_commit(database: Database) -> None:
    announced: list[str] = []

    def hear(effects: object) -> None:
        assert isinstance(effects, list)
        announced.extend(effect.payload["n"] for effect in effects)

    database.on_effects = hear
    async with database.write() as tx:
        await promise(tx, EffectKind.SIGNAL_RUN, {"n": "first"}, NOON)
        await promise(tx, EffectKind.SIGNAL_RUN, {"n": "second"}, NOON)
        assert announced == []

    assert announced == ["first", "second"]


async def test_effects_of_a_failed_write_are_never_announced(database: Database) -> None:
    database.on_effects = lambda _effects: pytest.fail("it was announced")

    async def fail() -> None:
        async with database.write() as tx:
            await promise(tx, EffectKind.SIGNAL_RUN, {}, NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.read() as tx:
        assert (await tx.scalars(select(Effect))).all() == []


async def test_moments_come_back_in_utc_to_the_microsecond(database: Database) -> None:
    east = datetime(2026, 1, 12, 14, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    async with database.write() as tx:
        tx.add(_repository("a", east))

    async with database.read() as tx:
        kept = (await tx.get_one(Repository, "a")).created_at
    assert kept == east
    assert kept.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="must know its zone"):
        async with database.write() as tx:
            tx.add(_repository("a", datetime(2026, 1, 12)))  # noqa: DTZ001 - the point


async def test_it_says_whether_it_answers(database: Database) -> None:
    assert await database.answers()


async def test_a_database_that_is_away_is_unavailable() -> None:
    away = Database("sqlite+aiosqlite:////nowhere/at/all.sqlite3")

    assert not await away.answers()
    with pytest.raises(UnavailableError):
        async with away.read() as tx:
            await tx.execute(text("SELECT 1"))
    await away.close()
