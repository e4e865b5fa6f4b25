"""`max_concurrency`: first come, first served; nobody is dropped, nothing leaks."""

import asyncio

from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.runs.slots import claim_slot, release_slot
from deltaci.states import RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect, Run
from deltaci.store.tables.runs import Slot
from deltaci.testing.factories import ONE_JOB, Factory
from deltaci.testing.memory_commits import config
from deltaci.wire.orchestration import RunEnding


async def _runs(factory: Factory, count: int, limit: int = 1) -> list[str]:
    return [await factory.planned(ONE_JOB, max_concurrency=limit) for _ in range(count)]


async def _slots(factory: Factory) -> list[Slot]:
    rows = await factory.rows.all(Run)
    return [row.slot for row in sorted(rows, key=lambda run: run.created_at)]


async def _granted(factory: Factory) -> list[str]:
    signals = await factory.rows.all(Effect, Effect.kind == EffectKind.SIGNAL_RUN)
    return [
        signal.payload["workflow_id"]
        for signal in signals
        if signal.payload["signal"] == "slot_granted"
    ]


async def test_runs_beyond_the_limit_wait(factory: Factory) -> None:
    runs = await _runs(factory, 3, limit=2)

    assert [await claim_slot(factory.core, run_id) for run_id in runs] == [True, True, False]
    assert await _slots(factory) == [Slot.HELD, Slot.HELD, Slot.WAITING]


async def test_claiming_again_changes_nothing(factory: Factory) -> None:
    first, second = await _runs(factory, 2)
    for _ in range(3):
        assert await claim_slot(factory.core, first)
        assert not await claim_slot(factory.core, second)

    assert await _slots(factory) == [Slot.HELD, Slot.WAITING]


async def test_a_freed_slot_goes_to_the_run_that_has_waited_longest(factory: Factory) -> None:
    first, second, third = await _runs(factory, 3)
    for run_id in (first, third, second):
        await claim_slot(factory.core, run_id)

    await release_slot(factory.core, first)

    assert await _slots(factory) == [Slot.NONE, Slot.HELD, Slot.WAITING]
    assert await _granted(factory) == [(await factory.rows.run(second)).workflow_id]
    assert await claim_slot(factory.core, second)


async def test_nobody_overtakes_who_waits(factory: Factory) -> None:
    first, second, third = await _runs(factory, 3)
    await claim_slot(factory.core, first)
    await claim_slot(factory.core, second)
    async with factory.core.database.write() as tx:
        row = await tx.get_one(Run, first)
        row.slot = Slot.NONE  # free, and its successor not told yet

    assert not await claim_slot(factory.core, third)
    assert await claim_slot(factory.core, second)


async def test_many_at_once_never_exceed_the_limit(factory: Factory) -> None:
    runs = await _runs(factory, 8, limit=3)

    granted = await asyncio.gather(*(claim_slot(factory.core, run_id) for run_id in runs))

    assert sum(granted) <= 3
    assert (await _slots(factory)).count(Slot.HELD) == sum(granted)
    for run_id in runs:
        await claim_slot(factory.core, run_id)
    assert (await _slots(factory)).count(Slot.HELD) == 3


async def test_racing_releases_and_claims_drop_nobody(factory: Factory) -> None:
    runs = await _runs(factory, 10, limit=2)
    waiting = set(runs)
    while waiting:
        claims = await asyncio.gather(*(claim_slot(factory.core, run) for run in waiting))
        held = [run for run, got in zip(waiting, claims, strict=True) if got]
        assert 1 <= len(held) <= 2
        await asyncio.gather(*(release_slot(factory.core, run) for run in held))
        waiting.difference_update(held)

    assert set(await _slots(factory)) == {Slot.NONE}


async def test_a_run_that_settles_frees_its_slot(factory: Factory) -> None:
    first, second = await _runs(factory, 2)
    await claim_slot(factory.core, first)
    await claim_slot(factory.core, second)

    await settle_run(factory.core, RunEnding(run_id=first, wanted=RunState.TIMEOUT))

    assert await _slots(factory) == [Slot.NONE, Slot.HELD]


async def test_a_canceled_run_that_waited_gives_its_place_up(factory: Factory) -> None:
    first, second, third = await _runs(factory, 3)
    for run_id in (first, second, third):
        await claim_slot(factory.core, run_id)
    await cancel_run(factory.core, "ada", second)
    await settle_run(factory.core, RunEnding(run_id=second, wanted=RunState.SUCCEEDED))

    await release_slot(factory.core, first)

    assert await _slots(factory) == [Slot.NONE, Slot.NONE, Slot.HELD]


async def test_settling_again_after_a_crash_frees_the_slot(factory: Factory) -> None:
    first, second = await _runs(factory, 2)
    await claim_slot(factory.core, first)
    await claim_slot(factory.core, second)
    ending = RunEnding(run_id=first, wanted=RunState.TIMEOUT)
    await settle_run(factory.core, ending)
    async with factory.core.database.write() as tx:
        (await tx.get_one(Run, first)).slot = Slot.HELD  # as if it had died in between
        (await tx.get_one(Run, second)).slot = Slot.WAITING

    await settle_run(factory.core, ending)

    assert await _slots(factory) == [Slot.NONE, Slot.HELD]


async def test_a_run_that_ended_without_freeing_its_slot_holds_nobody_up(
    factory: Factory,
) -> None:
    first, second = await _runs(factory, 2)
    await claim_slot(factory.core, first)
    await settle_run(factory.core, RunEnding(run_id=first, wanted=RunState.TIMEOUT))
    async with factory.core.database.write() as tx:
        (await tx.get_one(Run, first)).slot = Slot.HELD  # as if all had died in between

    assert await claim_slot(factory.core, second)


async def test_repositories_do_not_share_slots(factory: Factory) -> None:
    one = await factory.planned(ONE_JOB, max_concurrency=1)
    other = await factory.run(config(ONE_JOB, max_concurrency=1), repo_id="acme/other")
    await factory.plan(other)

    assert await claim_slot(factory.core, one)
    assert await claim_slot(factory.core, other)
