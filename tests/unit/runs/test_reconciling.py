"""Unfinished runs whose workflow is gone are put right, and no run is left behind."""

import pytest

from deltaci.effects.ports import Standing
from deltaci.runs.cancel import cancel_run
from deltaci.runs.reconcile import reconcile_runs
from deltaci.states import JobState, RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect
from deltaci.testing.factories import Factory
from deltaci.testing.memory_orchestrator import MemoryOrchestrator

LONG = 3600


async def _lost(factory: Factory, orchestrator: MemoryOrchestrator, run_id: str, how: str) -> None:
    run = await factory.rows.run(run_id)
    orchestrator.standings[run.workflow_id] = Standing(how)
    factory.clock.advance(LONG)
    await reconcile_runs(factory.core, orchestrator)


async def test_a_run_whose_workflow_was_stopped_is_canceled(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = (await factory.running()).granted.run_id

    await _lost(factory, orchestrator, run_id, "stopped")

    assert await factory.rows.run_state(run_id) is RunState.CANCELED
    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCELED}
    assert (await factory.rows.attempt(run_id)).state is JobState.CANCELED


async def test_a_run_whose_workflow_broke_has_failed(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()

    await _lost(factory, orchestrator, run_id, "failed")

    run = await factory.rows.run(run_id)
    assert (run.state, run.state_reason) == (RunState.FAILED, "its workflow failed; see Temporal")
    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCELED}


@pytest.mark.parametrize(
    ("how", "state"), [("stopped", RunState.CANCELED), ("failed", RunState.FAILED)]
)
async def test_a_run_that_was_never_planned_ends_too(
    factory: Factory, orchestrator: MemoryOrchestrator, how: str, state: RunState
) -> None:
    run_id = await factory.run()

    await _lost(factory, orchestrator, run_id, how)

    assert await factory.rows.run_state(run_id) is state


@pytest.mark.parametrize("how", ["stopped", "failed"])
async def test_a_cancel_counts_whatever_became_of_the_workflow(
    factory: Factory, orchestrator: MemoryOrchestrator, how: str
) -> None:
    run_id = (await factory.running()).granted.run_id
    await cancel_run(factory.core, "ada", run_id)

    await _lost(factory, orchestrator, run_id, how)

    assert await factory.rows.run_state(run_id) is RunState.CANCELED


async def test_a_workflow_that_temporal_forgot_is_started_again(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()
    before = len(await factory.rows.all(Effect, Effect.kind == EffectKind.START_RUN))

    await _lost(factory, orchestrator, run_id, "unknown")

    promised = await factory.rows.all(Effect, Effect.kind == EffectKind.START_RUN)
    assert len(promised) == before + 1
    assert promised[-1].payload == {"run_id": run_id}
    assert await factory.rows.run_state(run_id) is RunState.QUEUED


async def test_a_run_that_is_looked_after_is_left_alone(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()

    await _lost(factory, orchestrator, run_id, "open")

    assert await factory.rows.run_state(run_id) is RunState.QUEUED
    assert await reconcile_runs(factory.core, orchestrator) == 0


async def test_a_run_that_was_touched_lately_is_not_asked_after(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()
    run = await factory.rows.run(run_id)
    orchestrator.standings[run.workflow_id] = Standing.STOPPED

    assert await reconcile_runs(factory.core, orchestrator) == 0
    assert await factory.rows.run_state(run_id) is RunState.QUEUED


async def test_a_run_that_has_ended_is_never_asked_after(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()
    await _lost(factory, orchestrator, run_id, "stopped")

    await _lost(factory, orchestrator, run_id, "failed")

    assert await factory.rows.run_state(run_id) is RunState.CANCELED


async def test_while_temporal_is_away_nothing_is_decided(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.offered()
    orchestrator.reachable = False

    await _lost(factory, orchestrator, run_id, "stopped")

    assert await factory.rows.run_state(run_id) is RunState.QUEUED
