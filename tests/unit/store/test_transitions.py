"""Compare-and-set: winners are recorded with who, when and why; losers change nothing."""

import asyncio

import pytest

from deltaci.runs.cancel import cancel_run
from deltaci.states import IllegalTransitionError, RunState
from deltaci.store.runs import find_run, hold_run
from deltaci.store.tables import AuditEvent, Run, Transition
from deltaci.store.transitions import Moment, move_run
from deltaci.testing.factories import Factory


async def _move(factory: Factory, run_id: str, target: RunState, reason: str = "") -> None:
    async with factory.core.database.write() as tx:
        run = await hold_run(tx, run_id)
        assert run is not None
        await move_run(tx, run, target, Moment("planner", factory.clock.now, reason))


async def test_a_move_is_stored_with_who_when_and_why(factory: Factory) -> None:
    run_id = await factory.run()
    at = factory.clock.advance(5)
    await _move(factory, run_id, RunState.PLANNING, "it is time")

    run = await factory.rows.run(run_id)
    assert (run.state, run.updated_at, run.state_reason) == (RunState.PLANNING, at, "it is time")
    moved = await factory.rows.one(Transition)
    assert (moved.subject_kind, moved.subject_id) == ("run", run_id)
    assert (moved.from_state, moved.to_state) == ("CREATED", "PLANNING")
    assert (moved.actor, moved.at, moved.reason) == ("planner", at, "it is time")


async def test_an_illegal_move_changes_nothing(factory: Factory) -> None:
    run_id = await factory.run()
    with pytest.raises(IllegalTransitionError, match="CREATED cannot become RUNNING"):
        await _move(factory, run_id, RunState.RUNNING)

    assert await factory.rows.run_state(run_id) is RunState.CREATED
    assert await factory.rows.all(Transition) == []


async def test_a_move_to_the_same_state_is_no_transition(factory: Factory) -> None:
    run_id = await factory.run()
    await _move(factory, run_id, RunState.CREATED)

    assert await factory.rows.all(Transition) == []


async def test_whoever_read_before_another_moved_loses(factory: Factory) -> None:
    run_id = await factory.run()
    async with factory.core.database.read() as tx:
        stale = await find_run(tx, run_id)
    assert stale is not None
    await cancel_run(factory.core, "ada", run_id)

    with pytest.raises(IllegalTransitionError, match="moved on meanwhile"):
        async with factory.core.database.write() as tx:
            await move_run(tx, stale, RunState.PLANNING, Moment("planner", factory.clock.now))

    assert await factory.rows.run_state(run_id) is RunState.CANCEL_REQUESTED


async def test_of_many_at_once_one_moves_and_the_others_learn_it(factory: Factory) -> None:
    run_id = await factory.run()

    async def begin(number: int) -> None:
        async with factory.core.database.write() as tx:
            run = await hold_run(tx, run_id)
            assert run is not None
            target = RunState.PLANNING if run.state is RunState.CREATED else RunState.CREATED
            await move_run(tx, run, target, Moment(f"worker-{number}", factory.clock.now))

    results = await asyncio.gather(*(begin(n) for n in range(10)), return_exceptions=True)

    assert [type(r) for r in results].count(IllegalTransitionError) == 9
    assert len(await factory.rows.all(Transition)) == 1


async def test_moves_of_one_transaction_are_recorded_in_their_order(factory: Factory) -> None:
    run_id = await factory.run()
    path = [RunState.PLANNING, RunState.PLAN_FAILED, RunState.FAILED]
    async with factory.core.database.write() as tx:
        run = await hold_run(tx, run_id)
        assert run is not None
        for state in path:
            await move_run(tx, run, state, Moment("planner", factory.clock.now))

    assert await factory.rows.moves(run_id) == path


async def test_creating_and_canceling_leave_audit_rows(factory: Factory) -> None:
    run_id = await factory.run()
    await cancel_run(factory.core, "bob", run_id)
    await cancel_run(factory.core, "eve", run_id)

    events = await factory.rows.all(AuditEvent, AuditEvent.subject_id == run_id)
    assert [(event.action, event.actor) for event in events] == [
        ("run.created", "ada"),
        ("run.cancel_requested", "bob"),
    ]
    assert events[0].details["ref"] == "main"
    assert (await factory.rows.one(Run)).created_by == "ada"
