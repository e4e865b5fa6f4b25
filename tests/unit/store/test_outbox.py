"""Promised effects: sent at once, or swept later; never lost, and harmless when sent twice."""

import asyncio
from datetime import timedelta

import pytest

from deltaci.core import Core
from deltaci.effects.relay import REST, UNDERWAY_MAX, EffectRelay
from deltaci.errors import UnavailableError
from deltaci.store.outbox import (
    IMMEDIATE_DELIVERY_GRACE,
    EffectKind,
    claim_due,
    forget,
    promise_all,
)
from deltaci.store.tables import Effect
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock

GRACE = IMMEDIATE_DELIVERY_GRACE.total_seconds()
RETRY_MAX = timedelta(seconds=30)


class Listener:
    """Stands for the world outside; `away` makes it unreachable."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.away = False

    async def deliver(self, effect: Effect) -> None:
        if self.away:
            raise UnavailableError("it is away")
        self.heard.append(effect.payload["n"])


async def _promise(core: Core, *numbers: int) -> None:
    async with core.database.write() as tx:
        payloads = [{"n": number} for number in numbers]
        await promise_all(tx, EffectKind.SIGNAL_RUN, payloads, core.clock())


async def test_an_effect_is_sent_at_once_and_forgotten(core: Core, rows: RowReader) -> None:
    listener = Listener()
    relay = EffectRelay(core, listener.deliver)
    core.database.on_effects = relay.send_now

    await _promise(core, 1, 2)
    await relay.drain()

    assert sorted(listener.heard) == [1, 2]
    assert await rows.all(Effect) == []


async def test_a_fresh_effect_is_left_to_who_promised_it(core: Core, clock: SettableClock) -> None:
    listener = Listener()
    relay = EffectRelay(core, listener.deliver)
    await _promise(core, 1)
    clock.advance(GRACE - 0.001)

    assert await relay.sweep() == 0
    assert listener.heard == []


async def test_a_storm_of_effects_is_left_to_whoever_has_time(
    core: Core, clock: SettableClock
) -> None:
    listener = Listener()
    relay = EffectRelay(core, listener.deliver)
    core.database.on_effects = relay.send_now
    storm = UNDERWAY_MAX + 20

    await _promise(core, *range(storm))
    await relay.drain()
    assert len(listener.heard) == UNDERWAY_MAX
    clock.advance(GRACE)
    assert await relay.sweep() == 20
    await relay.drain()

    assert sorted(listener.heard) == list(range(storm))


async def test_after_a_failure_effects_are_left_to_the_sweep_for_a_moment(
    core: Core, clock: SettableClock
) -> None:
    listener = Listener()
    relay = EffectRelay(core, listener.deliver)
    core.database.on_effects = relay.send_now
    listener.away = True
    await _promise(core, 1)
    await relay.drain()
    listener.away = False

    await _promise(core, 2)
    await relay.drain()
    assert listener.heard == []
    clock.advance(REST.total_seconds())
    await _promise(core, 3)
    await relay.drain()

    assert listener.heard == [3]


async def test_a_crash_between_commit_and_sending_is_swept_up(
    core: Core, clock: SettableClock, rows: RowReader
) -> None:
    listener = Listener()
    relay = EffectRelay(core, listener.deliver)
    await _promise(core, 1, 2, 3)
    clock.advance(GRACE)

    assert await relay.sweep() == 3
    await relay.drain()

    assert sorted(listener.heard) == [1, 2, 3]
    assert await rows.all(Effect) == []


async def test_a_crash_between_sending_and_forgetting_sends_again(
    core: Core, clock: SettableClock
) -> None:
    listener = Listener()
    await _promise(core, 1)
    clock.advance(GRACE)
    async with core.database.write() as tx:
        (claimed,) = await claim_due(tx, clock(), limit=10, retry_max=RETRY_MAX)
    await listener.deliver(claimed)
    clock.advance(60)

    relay = EffectRelay(core, listener.deliver)
    await relay.sweep()
    await relay.drain()

    assert listener.heard == [1, 1]


async def test_sweepers_at_once_share_the_work(core: Core, clock: SettableClock) -> None:
    listener = Listener()
    relays = [EffectRelay(core, listener.deliver) for _ in range(4)]
    await _promise(core, *range(40))
    clock.advance(GRACE)

    found = await asyncio.gather(*(relay.sweep() for relay in relays))
    await asyncio.gather(*(relay.drain() for relay in relays))

    assert sum(found) == 40
    assert sorted(listener.heard) == list(range(40))


async def test_a_failed_effect_waits_longer_each_time_up_to_a_bound(
    core: Core, clock: SettableClock, rows: RowReader
) -> None:
    listener = Listener()
    listener.away = True
    relay = EffectRelay(core, listener.deliver)
    await _promise(core, 1)
    waits = []
    clock.advance(GRACE)
    for _ in range(7):
        await relay.sweep()
        effect = await rows.one(Effect)
        waits.append((effect.due_at - clock()).total_seconds())
        clock.now = effect.due_at

    assert waits == [2, 4, 8, 16, 30, 30, 30]


async def test_the_last_error_is_kept_for_people(
    core: Core, clock: SettableClock, rows: RowReader
) -> None:
    listener = Listener()
    listener.away = True
    await _promise(core, 1)
    clock.advance(GRACE)
    await EffectRelay(core, listener.deliver).sweep()

    effect = await rows.one(Effect)
    assert (effect.tries, effect.last_error) == (1, "UnavailableError: it is away")


async def test_one_bad_effect_does_not_hold_the_others_up(
    core: Core, clock: SettableClock, rows: RowReader
) -> None:
    heard: list[int] = []

    async def deliver(effect: Effect) -> None:
        if effect.payload["n"] == 2:
            raise ValueError("bad")
        heard.append(effect.payload["n"])

    relay = EffectRelay(core, deliver)
    await _promise(core, 1, 2, 3)
    clock.advance(GRACE)
    await relay.sweep()
    await relay.drain()

    assert sorted(heard) == [1, 3]
    assert [effect.payload for effect in await rows.all(Effect)] == [{"n": 2}]


async def test_an_effect_id_is_never_used_again(core: Core, rows: RowReader) -> None:
    await _promise(core, 1)
    (first,) = await rows.all(Effect)
    async with core.database.write() as tx:
        await forget(tx, [first.id])

    await _promise(core, 2)

    assert (await rows.one(Effect)).id > first.id


async def test_nothing_is_promised_by_an_empty_list(core: Core, rows: RowReader) -> None:
    async with core.database.write() as tx:
        await promise_all(tx, EffectKind.SIGNAL_RUN, [], core.clock())

    assert await rows.all(Effect) == []


async def test_what_is_delivered_while_rows_are_dropped_is_dropped_too(
    core: Core, rows: RowReader
) -> None:
    listener = Listener()
    relay = EffectRelay(core, listener.deliver)
    core.database.on_effects = relay.send_now
    for number in range(20):
        await _promise(core, number)
        await asyncio.sleep(0)
    await relay.drain()

    assert sorted(listener.heard) == list(range(20))
    assert await rows.all(Effect) == []


@pytest.mark.parametrize("limit", [1, 3])
async def test_the_oldest_effects_are_claimed_first(
    core: Core, clock: SettableClock, limit: int
) -> None:
    for number in range(5):
        await _promise(core, number)
        clock.advance(1)
    clock.advance(GRACE)
    async with core.database.write() as tx:
        claimed = await claim_due(tx, clock(), limit=limit, retry_max=RETRY_MAX)

    assert [effect.payload["n"] for effect in claimed] == list(range(limit))
