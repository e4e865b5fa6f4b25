"""Deployments that lost their workflow are found; engines that call back are heard once."""

import json

import pytest

from deltaci.core import Core
from deltaci.deployments.carry_out import ask_engine, start_engine
from deltaci.deployments.hear_engine import hear_engine
from deltaci.deployments.order import order_of_deployment
from deltaci.deployments.reconcile import reconcile_deployments
from deltaci.effects.deliver import Deliverer
from deltaci.effects.ports import Standing
from deltaci.engines.port import EngineState, EngineUnavailableError
from deltaci.engines.webhook_callback import CallbackUnauthorizedError, read_callback
from deltaci.errors import UnauthorizedError
from deltaci.states import DeploymentState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import DeployRecipe, Effect
from deltaci.testing.deployment_bench import RECIPE, DeploymentBench
from deltaci.testing.fake_deployer import SECRET, FakeDeployer
from deltaci.testing.memory_orchestrator import MemoryOrchestrator
from deltaci.wire import deployment_orders

QUIET_SECONDS = 3600


async def test_a_promised_workflow_is_started_under_the_callers_key(
    bench: DeploymentBench, orchestrator: MemoryOrchestrator
) -> None:
    asked = (await bench.ask("1.0.0", key="release-7")).deployment
    (effect,) = await bench.rows.all(Effect)

    await Deliverer(bench.core, orchestrator).deliver(effect)
    await Deliverer(bench.core, orchestrator).deliver(effect)

    (workflow_id,) = orchestrator.deployments
    assert workflow_id == "deployment/root/release-7"
    assert orchestrator.deployments[workflow_id].deployment_id == asked.id


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing.STOPPED, DeploymentState.CANCELED),
        (Standing.FAILED, DeploymentState.FAILED),
        (Standing.OPEN, DeploymentState.IN_PROGRESS),
    ],
)
async def test_a_workflow_that_was_stopped_or_broke_ends_its_deployment(
    bench: DeploymentBench,
    orchestrator: MemoryOrchestrator,
    standing: Standing,
    state: DeploymentState,
) -> None:
    asked = (await bench.ask("1.0.0")).deployment.id
    workflow_id = (await bench.ours(asked)).intent.workflow_id
    orchestrator.standings[workflow_id] = standing
    bench.clock.advance(QUIET_SECONDS)

    await reconcile_deployments(bench.core, orchestrator)

    assert await bench.state(asked) is state


async def test_a_workflow_that_nobody_knows_is_started_again(
    bench: DeploymentBench, orchestrator: MemoryOrchestrator
) -> None:
    await bench.ask("1.0.0")
    bench.clock.advance(QUIET_SECONDS)

    assert await reconcile_deployments(bench.core, orchestrator) == 1
    assert await reconcile_deployments(bench.core, orchestrator) == 0

    effects = await bench.rows.all(Effect, Effect.kind == EffectKind.START_DEPLOYMENT)
    assert len(effects) == 2


async def test_an_engine_begins_once_whatever_is_repeated(bench: DeploymentBench) -> None:
    asked = (await bench.ask("1.0.0")).deployment.id
    engines = {"noop": bench.engine}

    bench.engine.reachable = False
    with pytest.raises(EngineUnavailableError):
        await start_engine(bench.core, engines, asked)
    bench.engine.reachable = True
    for _ in range(3):
        await start_engine(bench.core, engines, asked)

    (order,) = bench.engine.orders
    assert (order.key, order.version, order.previous_version) == (asked, "1.0.0", None)


async def test_an_unknown_engine_is_a_matter_of_configuration(bench: DeploymentBench) -> None:
    asked = (await bench.ask("1.0.0")).deployment.id

    standing = await start_engine(bench.core, {}, asked)

    assert standing.trouble is not None
    assert (standing.state, standing.trouble.category) == ("FAILED", "CONFIG")


async def sealed(core: Core) -> None:
    async with core.database.write() as tx:
        (await tx.get_one(DeployRecipe, RECIPE)).sealed_secret = core.seal.close(SECRET)


def callback(
    bench: DeploymentBench, deployment_id: str, state: str
) -> tuple[dict[str, str], bytes]:
    body = json.dumps({"deployment_id": deployment_id, "state": state}).encode()
    headers = FakeDeployer(clock=bench.clock).signed("message-1", body)
    return {name.lower(): value for name, value in headers.items()}, body


async def test_an_engine_that_calls_back_counts_once(bench: DeploymentBench) -> None:
    bench.engine.state = EngineState.RUNNING
    await sealed(bench.core)
    asked = (await bench.ask("1.0.0")).deployment.id
    await bench.drive(asked)

    counted = [
        await hear_engine(bench.core, read_callback, asked, *callback(bench, asked, state))
        for state in ("SUCCEEDED", "SUCCEEDED", "FAILED")
    ]

    assert counted == [True, False, False]
    standing = await ask_engine(bench.core, {"noop": bench.engine}, asked)
    assert standing.succeeded
    assert await bench.drive(asked) is DeploymentState.SUCCEEDED


async def test_a_call_for_another_deployment_is_refused(bench: DeploymentBench) -> None:
    await sealed(bench.core)
    asked = (await bench.ask("1.0.0")).deployment.id
    headers, body = callback(bench, asked, "SUCCEEDED")

    with pytest.raises(CallbackUnauthorizedError):
        await hear_engine(bench.core, read_callback, asked, headers, body + b" ")
    with pytest.raises(UnauthorizedError):
        await hear_engine(bench.core, read_callback, "nothing", headers, body)


async def test_the_order_follows_the_recipe_that_counted_then(bench: DeploymentBench) -> None:
    probe = {"url": "https://shop.test/healthz", "successes": 2, "timeout_seconds": 30}
    await bench.recipe(verification={"probe": probe, "soak_seconds": 60}, timeout_seconds=120)
    asked = (await bench.ask("1.0.0")).deployment.id
    await bench.recipe(verification={}, timeout_seconds=1)

    order = order_of_deployment(bench.core.settings, await bench.ours(asked))

    assert order.timers.timeout_seconds == 120
    assert (order.checks.probes, order.checks.successes, order.checks.soak_seconds) == (True, 2, 60)


def test_workflows_and_engines_use_the_same_words() -> None:
    words = {
        deployment_orders.RUNNING,
        deployment_orders.SUCCEEDED,
        deployment_orders.FAILED,
        deployment_orders.CANCELED,
    }

    assert words == {state.value for state in EngineState}
