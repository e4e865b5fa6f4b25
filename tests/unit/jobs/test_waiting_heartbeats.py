"""A heartbeat may wait for news of its lease, so that a cancel reaches the runner at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import pytest
from sqlalchemy import event

from deltaci.core import Core
from deltaci.jobs.sweep import sweep_leases
from deltaci.jobs.watch import LeaseWatch
from deltaci.runs.cancel import cancel_run
from deltaci.store.database import Database
from deltaci.store.wakeups import Wakeups
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.wire.runner import Heartbeat, HeartbeatAck

LONG = 30.0
SOON = 5.0
Stale = Callable[[str], Any]


class Held:
    """A heartbeat on its way, from a runner that can hang up."""

    def __init__(self, watch: LeaseWatch, holder: LeaseHolder, wait_seconds: float = LONG) -> None:
        self._message = Heartbeat(
            lease_id=holder.granted.lease_id, runner_id=holder.runner_id, wait_seconds=wait_seconds
        )
        self._waits, self.gone = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(watch.beat(self._message, self._hung_up))

    async def until_held(self) -> Self:
        await asyncio.wait_for(self._waits.wait(), SOON)
        return self

    async def answer(self) -> HeartbeatAck:
        return await asyncio.wait_for(self._task, SOON)

    async def _hung_up(self) -> None:
        self._waits.set()
        await self.gone.wait()


@pytest.fixture
async def watch(core: Core) -> AsyncIterator[LeaseWatch]:
    wakeups = Wakeups(core.database)
    async with wakeups.listening(), LeaseWatch(core, wakeups).watching() as watch:
        yield watch


async def test_a_cancel_answers_a_waiting_heartbeat(factory: Factory, watch: LeaseWatch) -> None:
    holder = await factory.running()
    waiting = await Held(watch, holder).until_held()

    await cancel_run(factory.core, "ada", holder.granted.run_id)

    answer = await waiting.answer()
    assert (answer.cancel_requested, answer.cancel_reason) == (True, "RUN_CANCELED")
    assert 0 < answer.cancel_deadline_seconds <= factory.core.settings.cancel_deadline_seconds


async def test_a_job_that_overran_its_limit_answers_a_waiting_heartbeat(
    factory: Factory, watch: LeaseWatch
) -> None:
    holder = await factory.running()
    factory.clock.advance(119)
    waiting = await Held(watch, holder).until_held()
    lease = await factory.rows.lease(holder.granted.lease_id)
    assert lease.runtime_deadline is not None
    while factory.clock.now <= lease.runtime_deadline:
        factory.clock.advance(100)
        await holder.beat()

    await sweep_leases(factory.core)

    assert (await waiting.answer()).cancel_reason == "TIMEOUT"


async def test_other_leases_go_on_waiting(factory: Factory, watch: LeaseWatch) -> None:
    holder, other = await factory.running(), await factory.running()
    waiting = await Held(watch, holder).until_held()
    others = await Held(watch, other, wait_seconds=0.2).until_held()

    await cancel_run(factory.core, "ada", holder.granted.run_id)

    assert (await waiting.answer()).cancel_requested
    assert not (await others.answer()).cancel_requested


async def test_a_wait_without_news_ends_like_any_heartbeat(
    factory: Factory, watch: LeaseWatch
) -> None:
    holder = await factory.running()
    assert await Held(watch, holder, wait_seconds=0.01).answer() == await holder.beat()


async def test_the_lease_is_extended_before_the_wait(factory: Factory, watch: LeaseWatch) -> None:
    holder = await factory.running()
    now = factory.clock.advance(60)
    waiting = await Held(watch, holder).until_held()

    lease = await factory.rows.lease(holder.granted.lease_id)
    assert lease.last_heartbeat_at == now
    waiting.gone.set()
    await waiting.answer()


async def test_a_cancel_from_before_is_told_at_once(factory: Factory, watch: LeaseWatch) -> None:
    holder = await factory.running()
    await cancel_run(factory.core, "ada", holder.granted.run_id)

    assert (await Held(watch, holder).answer()).cancel_requested


async def test_a_lease_that_ends_meanwhile_is_stale(
    factory: Factory, watch: LeaseWatch, stale: Stale, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deltaci.jobs.watch.RECHECK_SECONDS", 0.05)
    holder = await factory.running()
    waiting = await Held(watch, holder).until_held()

    await holder.hand_back()

    with stale("LEASE_REVOKED"):
        await waiting.answer()


async def test_a_runner_that_hung_up_is_not_waited_for(factory: Factory, watch: LeaseWatch) -> None:
    waiting = await Held(watch, await factory.running()).until_held()

    waiting.gone.set()

    assert not (await waiting.answer()).cancel_requested


async def test_nothing_is_looked_up_while_nobody_waits(
    factory: Factory, watch: LeaseWatch, database: Database
) -> None:
    holder = await factory.running()
    await Held(watch, holder, wait_seconds=0.01).answer()
    said: list[str] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda *arguments: said.append(arguments[2]),
    )

    for _ in range(3):
        await holder.beat()

    assert [text for text in said if "cancel_reason IS NOT NULL OR" in text] == []
