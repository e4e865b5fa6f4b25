"""What effects need from the orchestrator; `workflows.gateway` provides it over Temporal."""

from enum import StrEnum
from typing import Any, Protocol

from deltaci.wire.orchestration import (
    CommandRef,
    DeliveryOrder,
    JobOutcome,
    ReportOrder,
    RunOrder,
)


class Standing(StrEnum):
    """What the orchestrator knows of a workflow."""

    OPEN = "open"
    STOPPED = "stopped"
    """Somebody terminated or cancelled it, or it ended by itself."""
    FAILED = "failed"
    UNKNOWN = "unknown"


class Vouched(StrEnum):
    """How the orchestrator took a sign of life of a job that it waits for."""

    WAITING = "waiting"
    GONE = "gone"
    """Nothing waits under this token any more: timed out, retried, or closed."""


class Orchestrator(Protocol):
    """Starts and signals workflows, and completes what they wait for.

    Every call may be repeated and may overtake another. Each raises
    `deltaci.errors.UnavailableError` when the orchestrator cannot be reached; the caller tries
    again later. Calls about workflows that are gone succeed: there is nothing left to tell them.
    """

    async def start_run(self, workflow_id: str, order: RunOrder) -> None:
        """Start a run's workflow; one that exists or has existed under this ID is success."""
        ...

    async def signal_run(self, workflow_id: str, signal: str) -> None:
        """Tell a run's workflow something; every signal is idempotent."""
        ...

    async def report_run(self, order: ReportOrder) -> None:
        """Have a run's forge told how the run stands now; starts the telling if none is at it."""
        ...

    async def obey_command(self, command: CommandRef) -> None:
        """Have a comment's command carried out; one that was looked at before is success."""
        ...

    async def deliver_notification(self, order: DeliveryOrder) -> None:
        """Have a channel told; one that was told is success, one that waits looks again."""
        ...

    async def complete_job(self, task_token: bytes, outcome: JobOutcome) -> None:
        """Hand a waiting workflow the outcome of its job."""
        ...

    async def vouch(self, task_token: bytes, progress: dict[str, Any]) -> Vouched:
        """Say that a job is still looked after, with what operators may see of it."""
        ...

    async def standing(self, workflow_id: str) -> Standing:
        """Whether the workflow is still at work."""
        ...
