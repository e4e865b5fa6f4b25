"""The lives of deployments whose histories are kept."""

from http import HTTPStatus

from temporalio.client import WorkflowHistory

from deltaci.deployments.approve import approve_deployment
from deltaci.deployments.cancel import cancel_deployment
from deltaci.engines.port import EngineState
from deltaci.store.tables import DeploymentIntent
from deltaci.testing.deployment_bench import ADMIN, OWNER, DeploymentBench
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.testing.settable_clock import SettableClock
from deltaci.wire.approvals import ApprovalVerdict
from deltaci.wire.deployment_intents import ApproveDeployment
from scripts.histories.stage import Stage

GOOD, BAD = "1.0.0", "1.1.0"


async def deployment_approved(stage: Stage) -> WorkflowHistory:
    """A deployment waits for an approval, begins with it, and succeeds."""
    shop = await _open(stage, required_approvals=1)
    asked = await _ask(shop, GOOD)
    await stage.until_looked(asked.workflow_id)
    wanted = ApproveDeployment(verdict=ApprovalVerdict.APPROVED)
    await approve_deployment(stage.core, OWNER, asked.deployment_id, wanted)
    return await stage.history_of(asked.workflow_id)


async def deployment_unhealthy(stage: Stage) -> WorkflowHistory:
    """What was deployed is not well, and the last good version is to be restored."""
    failed, _ = await _recover(stage)
    return await stage.history_of(failed)


async def deployment_rollback(stage: Stage) -> WorkflowHistory:
    """The last good version is restored after a failure, and is well."""
    _, rollback = await _recover(stage)
    return await stage.history_of(rollback)


async def deployment_canceled(stage: Stage) -> WorkflowHistory:
    """A deployment is canceled while its engine is at work, which stops."""
    shop = await _open(stage)
    stage.engine.state = EngineState.RUNNING
    asked = await _ask(shop, GOOD)
    await stage.until_looked(asked.workflow_id)
    await cancel_deployment(stage.core, ADMIN, asked.deployment_id)
    return await stage.history_of(asked.workflow_id)


async def _open(stage: Stage, **guardrails: int) -> DeploymentBench:
    shop = DeploymentBench(stage.core, SettableClock(stage.core.clock()), stage.engine)
    return await shop.open(GOOD, BAD, **guardrails)


async def _ask(shop: DeploymentBench, version: str) -> DeploymentIntent:
    asked = await shop.ask(version)
    return (await shop.ours(asked.deployment.id)).intent


async def _recover(stage: Stage) -> tuple[str, str]:
    """Let a deployment fail its probe; returns the workflows of it and of its rollback, ended."""
    shop, bad = await _open(stage), False

    async def answer(_request: Request) -> Answer:
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE if bad else HTTPStatus.OK)

    site = HttpStub(answer)
    await site.start()
    probe = {"url": f"http://127.0.0.1:{site.port}/", "interval_seconds": 1}
    verification = {"probe": {**probe, "timeout_seconds": 2, "successes": 2}}
    await shop.recipe(verification=verification, rollback={"automatic": True})
    await stage.history_of((await _ask(shop, GOOD)).workflow_id)
    bad = True
    failed = await _ask(shop, BAD)
    await stage.history_of(failed.workflow_id)
    bad = False
    of_failed = DeploymentIntent.rollback_of == failed.deployment_id
    rollback = await shop.rows.one(DeploymentIntent, of_failed)
    await stage.history_of(rollback.workflow_id)
    await site.stop()
    return failed.workflow_id, rollback.workflow_id
