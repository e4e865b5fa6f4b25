"""The only caller-side code of the workflows: start, signal, complete, vouch, look.

Implements the `Orchestrator` port over a Temporal client. Every call has a deadline; what may have
failed for the moment is UnavailableError, and the outbox tries again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import AsyncActivityCancelledError, Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from deltaci.effects.ports import Standing, Vouched
from deltaci.errors import DeltaError, InvalidArtifactError, UnavailableError
from deltaci.ids import workflow_id
from deltaci.wire.orchestration import (
    ArtifactFacts,
    CommandRef,
    DeliveryOrder,
    JobOutcome,
    ReportOrder,
    RunOrder,
    VerificationOrder,
)
from workflows.command import CommandWorkflow
from workflows.delivery import DeliveryWorkflow
from workflows.report import ReportWorkflow
from workflows.run import RunWorkflow
from workflows.search import run_attributes
from workflows.verification import VerifyArtifactWorkflow

CALL_TIMEOUT = timedelta(seconds=10)
CALL_TIMEOUT_SHORT = timedelta(seconds=2)
SHORT_SHA = 10
NOT_CONNECTED = "Failed client connect"
"""How the SDK begins to say that a client which was to connect later cannot."""


class Gateway:
    """Talks to Temporal for everything that is not itself a workflow or an activity."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def start_run(self, workflow_id: str, order: RunOrder) -> None:
        """See Orchestrator. The workflow ID is the idempotency key: a second start is success."""
        async with _unavailable_if_unreachable():
            try:
                await self._client.start_workflow(
                    RunWorkflow.run,
                    order,
                    id=workflow_id,
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    search_attributes=run_attributes(order),
                    static_summary=_summary(order),
                    rpc_timeout=CALL_TIMEOUT,
                )
            except WorkflowAlreadyStartedError:
                return

    async def signal_run(self, workflow_id: str, signal: str) -> None:
        """See Orchestrator."""
        async with _unavailable_if_unreachable(gone_is_fine=True):
            handle = self._client.get_workflow_handle(workflow_id)
            await handle.signal(signal, rpc_timeout=CALL_TIMEOUT)

    async def report_run(self, order: ReportOrder) -> None:
        """See Orchestrator. A report that has ended begins again: rows say what is left to tell."""
        async with _unavailable_if_unreachable():
            await self._client.start_workflow(
                ReportWorkflow.run,
                order,
                id=workflow_id("report", order.run_id),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal="changed",
                start_signal_args=[order.ended],
                static_summary=f"tells the forge of {order.run_id}",
                rpc_timeout=CALL_TIMEOUT,
            )

    async def obey_command(self, command: CommandRef) -> None:
        """See Orchestrator."""
        async with _unavailable_if_unreachable():
            try:
                await self._client.start_workflow(
                    CommandWorkflow.run,
                    command,
                    id=workflow_id("command", command.delivery_id),
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    rpc_timeout=CALL_TIMEOUT,
                )
            except WorkflowAlreadyStartedError:
                return

    async def verify_artifact(self, workflow_id: str, order: VerificationOrder) -> ArtifactFacts:
        """See Verifications. A reading that succeeded counts for as long as Temporal knows it."""
        async with _unavailable_if_unreachable():
            try:
                handle = await self._client.start_workflow(
                    VerifyArtifactWorkflow.run,
                    order,
                    id=workflow_id,
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    static_summary=f"reads {order.artifact_ref}"[:200],
                    rpc_timeout=CALL_TIMEOUT,
                )
            except WorkflowAlreadyStartedError:
                handle = self._client.get_workflow_handle_for(
                    VerifyArtifactWorkflow.run, workflow_id
                )
            try:
                return await handle.result()
            except WorkflowFailureError as error:
                raise _refusal(error) from error

    async def deliver_notification(self, order: DeliveryOrder) -> None:
        """See Orchestrator. A delivery that waits for its turn is told to look again."""
        async with _unavailable_if_unreachable():
            try:
                await self._client.start_workflow(
                    DeliveryWorkflow.run,
                    order,
                    id=workflow_id("notification", order.notification_id),
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    start_signal="look_again",
                    rpc_timeout=CALL_TIMEOUT,
                )
            except WorkflowAlreadyStartedError:
                return

    async def complete_job(self, task_token: bytes, outcome: JobOutcome) -> None:
        """See Orchestrator. Always a result, never a failure: those depend on Temporal's view."""
        async with _unavailable_if_unreachable(gone_is_fine=True):
            handle = self._client.get_async_activity_handle(task_token=task_token)
            await handle.complete(outcome, rpc_timeout=CALL_TIMEOUT)

    async def vouch(self, task_token: bytes, progress: dict[str, Any]) -> Vouched:
        """See Orchestrator."""
        handle = self._client.get_async_activity_handle(task_token=task_token)
        try:
            await handle.heartbeat(progress, rpc_timeout=CALL_TIMEOUT)
        except AsyncActivityCancelledError:
            return Vouched.WAITING  # paused or reset by an operator; our rows decide what runs
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return Vouched.GONE
            raise UnavailableError("Temporal cannot be reached") from error
        return Vouched.WAITING

    async def answers(self) -> bool:
        """Whether Temporal can be reached right now."""
        try:
            return await self._client.service_client.check_health(
                timeout=CALL_TIMEOUT_SHORT, retry=False
            )
        except (RPCError, RuntimeError):
            return False

    async def standing(self, workflow_id: str) -> Standing:
        """See Orchestrator. Asked raw: the SDK cannot describe a paused workflow."""
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id),
        )
        try:
            answer = await self._client.workflow_service.describe_workflow_execution(
                request, retry=True, timeout=CALL_TIMEOUT
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return Standing.UNKNOWN
            raise UnavailableError("Temporal cannot be reached") from error
        status = answer.workflow_execution_info.status
        return _STANDINGS.get(status, Standing.OPEN)


_STANDINGS = {
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED: Standing.STOPPED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED: Standing.STOPPED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED: Standing.STOPPED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED: Standing.FAILED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: Standing.FAILED,
}


def _summary(order: RunOrder) -> str:
    return f"{order.repo_id} {order.ref} @ {order.commit_sha[:SHORT_SHA]} ({order.kind})"[:200]


def _refusal(error: WorkflowFailureError) -> DeltaError:
    """Return why an artifact was not verified: it was refused, or nobody could read it."""
    cause = error.cause.cause if isinstance(error.cause, ActivityError) else error.cause
    if isinstance(cause, ApplicationError) and cause.type == InvalidArtifactError.code:
        details = cause.details[0] if cause.details else {}
        return InvalidArtifactError(cause.message, **details)
    return UnavailableError("the artifact could not be read")


@asynccontextmanager
async def _unavailable_if_unreachable(*, gone_is_fine: bool = False) -> AsyncIterator[None]:
    try:
        yield
    except RPCError as error:
        if gone_is_fine and error.status is RPCStatusCode.NOT_FOUND:
            return
        raise UnavailableError("Temporal cannot be reached") from error
    except RuntimeError as error:
        if not str(error).startswith(NOT_CONNECTED):
            raise
        raise UnavailableError("Temporal cannot be reached") from error
