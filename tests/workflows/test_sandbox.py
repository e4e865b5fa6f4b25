"""The workflows load and stay deterministic under Temporal's own restrictions."""

from typing import Any

import pytest
from temporalio import workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import RestrictedWorkflowAccessError

from deltaci.testing.scripted_run import ScriptedRun
from workflows.worker_factory import PASSED_THROUGH, WORKFLOWS, build_worker, sandbox


async def test_every_workflow_loads_in_the_sandbox(
    dev_server: WorkflowEnvironment, bound: Any
) -> None:
    """Constructing a worker imports and validates each workflow inside the sandbox."""
    worker = build_worker(dev_server.client, "sandbox", bound(ScriptedRun()))

    assert worker.task_queue == "sandbox"


async def test_workflows_load_with_nothing_passed_through_but_what_they_name(
    dev_server: WorkflowEnvironment,
) -> None:
    worker = Worker(dev_server.client, task_queue="default-sandbox", workflows=WORKFLOWS)

    assert worker.task_queue == "default-sandbox"


def test_only_our_own_and_slow_packages_are_passed_through() -> None:
    assert set(PASSED_THROUGH) <= {
        *("deltaci", "activities", "workflows"),
        *("pydantic_settings", "sqlalchemy"),
    }


@workflow.defn(sandboxed=True)
class ReadsTheClock:
    """What a careless change could look like."""

    @workflow.run
    async def run(self) -> float:
        import time  # noqa: PLC0415 - inside the sandbox

        return time.time()


async def test_the_sandbox_refuses_the_real_clock(dev_server: WorkflowEnvironment) -> None:
    worker = Worker(
        dev_server.client,
        task_queue="clock",
        workflows=[ReadsTheClock],
        workflow_runner=sandbox(),
        workflow_failure_exception_types=[RestrictedWorkflowAccessError],
    )
    async with worker:
        with pytest.raises(Exception, match="Workflow execution failed") as refused:
            await dev_server.client.execute_workflow(
                ReadsTheClock.run, id="clock", task_queue="clock"
            )

    assert "time.time" in str(refused.value.__cause__)
