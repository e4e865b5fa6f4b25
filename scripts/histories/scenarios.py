"""The lives of runs whose histories are kept: each a way through the workflow."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from temporalio.client import WorkflowHistory

from deltaci.runs.cancel import cancel_run
from deltaci.runs.rerun import rerun
from deltaci.vcs.port import Verdict
from deltaci.wire.forges import Provider
from deltaci.wire.orchestration import VerificationOrder
from deltaci.wire.runner import CompletionStatus
from deltaci.wire.runs import RerunRequest
from scripts.histories.deployments import (
    deployment_approved,
    deployment_canceled,
    deployment_rollback,
    deployment_unhealthy,
)
from scripts.histories.stage import ACTOR, QUEUE, Stage
from workflows.gateway import Gateway

FAILED = CompletionStatus.FAILED


def config(policies: str = "{}", **jobs: str) -> str:
    """A `ci.ai.yaml` with these jobs; each text holds further lines of flow style."""
    lines = [
        f"  {name}: {{steps: ['true']{', ' if more else ''}{more}}}" for name, more in jobs.items()
    ]
    return "\n".join(["version: 1", f"policies: {{runs: {policies}}}", "jobs:", *lines, ""])


CHAIN = config(
    build="", test="needs: [build], policy: {retries: 1}", lint="policy: {required: false}"
)


async def success(stage: Stage) -> WorkflowHistory:
    """Three jobs, one after another and beside each other."""
    await stage.register(CHAIN)
    return await stage.history(await stage.start())


async def retry(stage: Stage) -> WorkflowHistory:
    """A job fails once, is explained, retried after a wait, and passes."""
    stage.ends = {"test/1": FAILED}
    await stage.register(CHAIN)
    return await stage.history(await stage.start())


async def required_failure(stage: Stage) -> WorkflowHistory:
    """A required job fails, and a job that is still with a runner is stopped."""
    stage.ends = {"build/1": FAILED}
    stage.held = frozenset({"slow/1"})
    await stage.register(config(slow="", build="needs: [first]", first=""))
    return await stage.history(await stage.start())


async def blocked(stage: Stage) -> WorkflowHistory:
    """What needs a failed optional job is cancelled, and the run is green."""
    stage.ends = {"lint/1": FAILED}
    await stage.register(
        config(
            build="",
            lint="policy: {required: false}",
            report="needs: [lint], policy: {required: false}",
        )
    )
    return await stage.history(await stage.start())


async def cancel(stage: Stage) -> WorkflowHistory:
    """A run is cancelled while a job is with a runner."""
    stage.held = frozenset({"build/1"})
    await stage.register(CHAIN)
    run_id = await stage.start()
    await stage.seen.wait()
    await cancel_run(stage.core, ACTOR, run_id)
    return await stage.history(run_id)


async def cancel_in_temporal(stage: Stage) -> WorkflowHistory:
    """An operator cancels the workflow in Temporal's UI."""
    stage.held = frozenset({"build/1"})
    await stage.register(CHAIN)
    run_id = await stage.start()
    await stage.seen.wait()
    async for workflow in stage.client.list_workflows("ExecutionStatus = 'Running'"):
        await stage.client.get_workflow_handle(workflow.id).cancel()
    return await stage.history(run_id)


async def timeout(stage: Stage) -> WorkflowHistory:
    """A run takes longer than its repository allows."""
    stage.held = frozenset({"build/1"})
    await stage.register(config("{max_runtime_seconds: 1}", build="", test="needs: [build]"))
    return await stage.history(await stage.start())


async def superseded(stage: Stage) -> WorkflowHistory:
    """A newer run of the same ref takes this one's place."""
    stage.held = frozenset({"build/1"})
    await stage.register(config("{cancel_superseded: true}", build=""))
    older = await stage.start()
    await stage.seen.wait()
    stage.held = frozenset()
    await stage.start()
    return await stage.history(older)


async def slot(stage: Stage) -> WorkflowHistory:
    """A run waits until another gives its place up."""
    stage.held = frozenset({"build/1"})
    await stage.register(config("{max_concurrency: 1}", build=""))
    first = await stage.start()
    await stage.seen.wait()
    waiting = await stage.start()
    await stage.until_waiting(waiting)
    stage.held = frozenset()
    await cancel_run(stage.core, ACTOR, first)
    return await stage.history(waiting)


async def rerun_in_part(stage: Stage) -> WorkflowHistory:
    """One failed job runs again; the result of what it needs is taken over."""
    stage.ends = {"test/1": FAILED, "test/2": FAILED}
    await stage.register(CHAIN)
    original = await stage.start()
    await stage.history(original)
    stage.ends = {}
    again = await rerun(stage.core, ACTOR, original, RerunRequest(jobs=["test"]), None)
    return await stage.history(again.run_id)


async def plan_failure(stage: Stage) -> WorkflowHistory:
    """The configuration is not valid."""
    await stage.register("version: 1\njobs: []\n")
    return await stage.history(await stage.start())


async def report(stage: Stage) -> WorkflowHistory:
    """A forge hears of a run from its first state to its outcome."""
    stage.held = frozenset({"build/1"})
    await stage.register(CHAIN, Provider.GITEA)
    run_id = await stage.start()
    await stage.seen.wait()
    await stage.until_told(run_id, Verdict.RUNNING)
    await cancel_run(stage.core, ACTOR, run_id)
    return await stage.history_of(f"report/{run_id}")


async def verification(stage: Stage) -> WorkflowHistory:
    """A large artifact is read."""
    place = stage.folder / "artifacts" / "acme" / "shop.zip"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"zipped")
    order = VerificationOrder(artifact_ref="s3://acme/shop.zip")
    await Gateway(stage.client, QUEUE).verify_artifact("verification/recorded", order)
    return await stage.history_of("verification/recorded")


async def delivery(stage: Stage) -> WorkflowHistory:
    """A channel hears of the end after it has heard of the beginning."""
    stage.receiver.gate = asyncio.Event()
    await stage.subscribe()
    first, second = await stage.announce("deployment.started", "deployment.completed")
    await stage.receiver.begun.wait()
    await stage.until_looked(f"notification/{second}")
    stage.receiver.gate.set()
    await stage.history_of(f"notification/{first}")
    return await stage.history_of(f"notification/{second}")


SCENARIOS: Mapping[str, Callable[[Stage], Awaitable[WorkflowHistory]]] = {
    play.__name__: play
    for play in (
        *(success, retry, required_failure, blocked, cancel, cancel_in_temporal),
        *(timeout, superseded, slot, rerun_in_part, plan_failure, report),
        *(verification, delivery),
        *(deployment_approved, deployment_unhealthy, deployment_rollback, deployment_canceled),
    )
}
