"""A report is promised with every change that a forge shows, once, and costs others nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, event

from deltaci.effects.deliver import Deliverer
from deltaci.jobs.explain import explain_attempt
from deltaci.jobs.settle import settle_attempt
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.states import JobState, RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.testing.memory_orchestrator import MemoryOrchestrator
from deltaci.wire.orchestration import RunEnding


async def _promised(factory: Factory) -> list[Any]:
    """Take away the promised reports."""
    rows = await factory.rows.all(Effect, Effect.kind == EffectKind.REPORT_RUN)
    async with factory.core.database.write() as tx:
        await tx.execute(delete(Effect).where(Effect.kind == EffectKind.REPORT_RUN))
    return [row.payload for row in rows]


async def test_each_change_that_shows_is_promised_once(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run({"build": job(), "test": job()})
    news = [{"run_id": run_id}]
    assert await _promised(factory) == news * 3, "created, planning, planned"

    await factory.offer(run_id)
    assert await _promised(factory) == [], "a queue is no news"
    holder = await factory.seek()
    assert holder is not None
    assert await _promised(factory) == news, "the run is running"
    await holder.ack()
    assert await _promised(factory) == news
    await holder.beat()
    assert await _promised(factory) == [], "it looks the same"
    await holder.complete("FAILED", exit_code=1)
    assert await _promised(factory) == [], "whether it is tried again is not decided"
    attempt_id = (await factory.rows.attempt(run_id, holder.granted.job_spec.name)).id
    await explain_attempt(factory.core, attempt_id)
    assert await _promised(factory) == news
    await settle_attempt(factory.core, attempt_id)
    assert await _promised(factory) == news
    await cancel_run(factory.core, "ada", run_id)
    assert await _promised(factory) == news
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))
    assert await _promised(factory) == news, "several jobs and the run, in one transaction"


@contextmanager
def _statements(factory: Factory) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = factory.core.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_run_without_a_forge_costs_no_statement(factory: Factory, monkeypatch: Any) -> None:
    async def life() -> list[str]:
        run_id = await factory.planned({"build": job(), "test": job()})
        with _statements(factory) as seen:
            await factory.offer(run_id)
            holder = await factory.seek()
            assert holder is not None
            await holder.ack()
            await holder.complete("FAILED", exit_code=1)
            await cancel_run(factory.core, "ada", run_id)
            await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))
        assert set((await factory.rows.job_states(run_id)).values()) <= {
            *(JobState.CANCELED, JobState.FAILED),
        }
        return seen

    with_reports = await life()
    monkeypatch.setattr("deltaci.store.transitions.SHOWN", frozenset())
    without = await life()

    assert len(with_reports) == len(without)
    assert await _promised(factory) == []


async def test_a_promise_says_whether_the_run_has_ended(
    reporter: Any, factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await reporter.run()
    deliverer = Deliverer(factory.core, orchestrator)
    effect = Effect(kind=EffectKind.REPORT_RUN, payload={"run_id": run_id})
    await deliverer.deliver(effect)
    await cancel_run(factory.core, "ada", run_id)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))
    await deliverer.deliver(effect)

    assert [(order.run_id, order.ended) for order in orchestrator.reports] == [
        (run_id, False),
        (run_id, True),
    ]
