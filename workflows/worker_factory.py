"""Build the Temporal worker that serves our workflows and activities."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from deltaci import __version__
from workflows.command import CommandWorkflow
from workflows.delivery import DeliveryWorkflow
from workflows.policies import delivery_queue, forge_queue
from workflows.report import ReportWorkflow
from workflows.run import RunWorkflow
from workflows.verification import VerifyArtifactWorkflow

GRACE = timedelta(seconds=10)
"""How long running activities may finish when the worker stops."""
TAKE_OVER = timedelta(seconds=3)
"""How long a workflow's next step waits for the worker that knows it before another takes it: what
a worker's death costs its runs."""
CONCURRENT_WORKFLOW_TASKS = 20
CONCURRENT_ACTIVITIES = 100
BUILD_ID = __version__
"""Without one, every loaded module is hashed: a second per start."""

WORKFLOWS = (
    RunWorkflow,
    ReportWorkflow,
    CommandWorkflow,
    VerifyArtifactWorkflow,
    DeliveryWorkflow,
)
PASSED_THROUGH = ("deltaci", "activities", "workflows", "pydantic_settings", "sqlalchemy")
"""Imported once instead of once per workflow run: 80 ms of CPU against 7 (design §8)."""


def sandbox() -> SandboxedWorkflowRunner:
    """Keep workflow code deterministic, without importing our own packages anew for each run."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    )


def build_worker(
    client: Client, task_queue: str, activities: Sequence[Callable[..., Any]], **options: Any
) -> Worker:
    """Return a worker for all workflows and these activities. `options` go to Temporal's Worker."""
    settings: dict[str, Any] = {
        "workflow_runner": sandbox(),
        "graceful_shutdown_timeout": GRACE,
        "max_concurrent_workflow_tasks": CONCURRENT_WORKFLOW_TASKS,
        "max_concurrent_activities": CONCURRENT_ACTIVITIES,
        "sticky_queue_schedule_to_start_timeout": TAKE_OVER,
        "build_id": BUILD_ID,
        **options,
    }
    return Worker(
        client, task_queue=task_queue, workflows=WORKFLOWS, activities=activities, **settings
    )


def build_forge_worker(
    client: Client, task_queue: str, activities: Sequence[Callable[..., Any]], at_once: int
) -> Worker:
    """Return a worker for activities that call forges, on the queue beside `task_queue`.

    However slow a forge is, it holds none of the slots that jobs need.
    """
    return Worker(
        client,
        task_queue=forge_queue(task_queue),
        activities=activities,
        max_concurrent_activities=at_once,
        graceful_shutdown_timeout=GRACE,
        build_id=BUILD_ID,
    )


def build_delivery_worker(
    client: Client, task_queue: str, activities: Sequence[Callable[..., Any]], at_once: int
) -> Worker:
    """Return a worker for activities that call receivers of notifications; see above."""
    return Worker(
        client,
        task_queue=delivery_queue(task_queue),
        activities=activities,
        max_concurrent_activities=at_once,
        graceful_shutdown_timeout=GRACE,
        build_id=BUILD_ID,
    )
