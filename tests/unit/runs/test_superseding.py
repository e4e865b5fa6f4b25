"""A newer run of a ref takes the place of the older ones, where the repository wants that."""

import asyncio

from deltaci.runs.rerun import rerun
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.testing.factories import ONE_JOB, Factory
from deltaci.testing.memory_commits import config
from deltaci.wire.orchestration import RunEnding
from deltaci.wire.runs import RerunRequest

SUPERSEDING = config(ONE_JOB, cancel_superseded=True)


async def test_the_older_run_is_canceled_and_says_by_which(factory: Factory) -> None:
    holder = await factory.running()
    newer = await factory.planned(ONE_JOB, cancel_superseded=True)

    older = await factory.rows.run(holder.granted.run_id)
    assert (older.state, older.superseded_by) == (RunState.CANCEL_REQUESTED, newer)
    assert older.state_reason == f"superseded by {newer}"
    assert (await holder.beat()).cancel_reason == "SUPERSEDED"


async def test_without_the_policy_both_go_on(factory: Factory) -> None:
    older = await factory.offered()
    await factory.planned()

    assert await factory.rows.run_state(older) is RunState.QUEUED


async def test_other_refs_and_ended_runs_are_left_alone(factory: Factory) -> None:
    ended = (await factory.running()).granted.run_id
    await settle_run(factory.core, RunEnding(run_id=ended, wanted=RunState.TIMEOUT))
    other_ref = await factory.offered(ref="dev")

    await factory.planned(ONE_JOB, cancel_superseded=True)

    assert await factory.rows.run_state(ended) is RunState.TIMEOUT
    assert await factory.rows.run_state(other_ref) is RunState.QUEUED


async def test_a_newer_run_is_never_superseded_by_an_older_one(factory: Factory) -> None:
    older = await factory.run(SUPERSEDING)
    newer = await factory.run(SUPERSEDING)
    await factory.plan(newer)

    await factory.plan(older)

    assert await factory.rows.run_state(older) is RunState.CANCEL_REQUESTED
    assert await factory.rows.run_state(newer) is RunState.QUEUED


async def test_of_runs_created_in_the_same_moment_one_stays(factory: Factory) -> None:
    runs = []
    for _ in range(2):
        now = factory.clock.now
        runs.append(await factory.run(SUPERSEDING))
        factory.clock.now = now
    for run_id in (*runs, *runs):
        await factory.plan(run_id)

    states = sorted([await factory.rows.run_state(run_id) for run_id in runs])
    assert states == [RunState.CANCEL_REQUESTED, RunState.QUEUED]


async def test_runs_planned_at_once_leave_the_newest(factory: Factory) -> None:
    runs = [await factory.run(SUPERSEDING) for _ in range(5)]

    await asyncio.gather(*(factory.plan(run_id) for run_id in runs))
    for run_id in runs:
        await factory.plan(run_id)

    states = [await factory.rows.run_state(run_id) for run_id in runs]
    assert states == [RunState.CANCEL_REQUESTED] * 4 + [RunState.QUEUED]


async def test_a_rerun_takes_nobodys_place(factory: Factory) -> None:
    old = await factory.run(SUPERSEDING)
    await factory.plan(old)
    newest = await factory.run(SUPERSEDING)
    await factory.plan(newest)

    again = await rerun(factory.core, "ada", old, RerunRequest(), None)
    await factory.plan(again.run_id)

    assert await factory.rows.run_state(newest) is RunState.QUEUED
