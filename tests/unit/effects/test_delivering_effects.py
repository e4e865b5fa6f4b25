"""What each kind of promised effect comes to, once, twice, and after an outage."""

from deltaci.effects.deliver import Deliverer
from deltaci.effects.relay import EffectRelay
from deltaci.jobs.offer import offer_attempt
from deltaci.store.outbox import IMMEDIATE_DELIVERY_GRACE, EffectKind, promise
from deltaci.store.tables import Effect
from deltaci.testing.factories import Factory
from deltaci.testing.memory_orchestrator import MemoryOrchestrator


async def test_a_start_is_delivered_with_the_runs_order(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    run_id = await factory.run(key="k")
    deliver = Deliverer(factory.core, orchestrator).deliver
    effect = await factory.rows.one(Effect)

    await deliver(effect)
    await deliver(effect)

    assert [order.run_id for order in orchestrator.started.values()] == [run_id]
    (workflow_id,) = orchestrator.started
    assert workflow_id == (await factory.rows.run(run_id)).workflow_id


async def test_a_completion_is_delivered_under_the_newest_token(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    holder = await factory.running()
    attempt = await factory.rows.attempt(holder.granted.run_id)
    await holder.complete()
    effect = (await factory.rows.all(Effect))[-1]
    async with factory.core.database.write() as tx:
        await promise(tx, EffectKind.COMPLETE_ATTEMPT, {"attempt_id": "nobody"}, factory.clock())
    unknown = (await factory.rows.all(Effect))[-1]
    assert await offer_attempt(factory.core, attempt.id, b"late") is not None

    for each in (effect, unknown):
        await Deliverer(factory.core, orchestrator).deliver(each)

    assert list(orchestrator.completed) == [f"token of {attempt.id}".encode()]


async def test_while_temporal_is_away_effects_wait(
    factory: Factory, orchestrator: MemoryOrchestrator
) -> None:
    await factory.run()
    orchestrator.reachable = False
    relay = EffectRelay(factory.core, Deliverer(factory.core, orchestrator).deliver)
    factory.clock.advance(IMMEDIATE_DELIVERY_GRACE.total_seconds())
    await relay.sweep()
    assert len(await factory.rows.all(Effect)) == 1

    orchestrator.reachable = True
    factory.clock.advance(30)
    await relay.sweep()
    await relay.drain()

    assert len(orchestrator.started) == 1
    assert await factory.rows.all(Effect) == []
