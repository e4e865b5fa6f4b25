"""An orchestrator in memory that remembers what it was told."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from deltaci.effects.ports import Standing, Vouched
from deltaci.errors import UnavailableError
from deltaci.wire.orchestration import (
    CommandRef,
    DeliveryOrder,
    JobOutcome,
    ReportOrder,
    RunOrder,
)


@dataclass
class MemoryOrchestrator:
    """Implements `deltaci.effects.ports.Orchestrator`; nothing it is told has consequences."""

    reachable: bool = True
    """While false, every call raises UnavailableError."""
    started: dict[str, RunOrder] = field(default_factory=dict)
    """Orders by workflow ID; a second start of an ID changes nothing."""
    starts: int = 0
    signals: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Signals by workflow ID, in the order in which they came."""
    reports: list[ReportOrder] = field(default_factory=list)
    """What runs' forges were to be told of, in the order in which it came."""
    commands: dict[str, CommandRef] = field(default_factory=dict)
    """Comments to be looked at, by delivery."""
    deliveries: list[DeliveryOrder] = field(default_factory=list)
    """Notifications that channels were to be told of, in the order in which they came."""
    completed: dict[bytes, JobOutcome] = field(default_factory=dict)
    """First outcomes by task token."""
    vouched: list[tuple[bytes, dict[str, Any]]] = field(default_factory=list)
    gone: set[bytes] = field(default_factory=set)
    """Task tokens under which nothing waits any more."""
    standings: dict[str, Standing] = field(default_factory=dict)
    """What to answer about a workflow ID instead of open or unknown."""

    async def start_run(self, workflow_id: str, order: RunOrder) -> None:
        """See Orchestrator."""
        self._require_reachable()
        self.starts += 1
        self.started.setdefault(workflow_id, order)

    async def signal_run(self, workflow_id: str, signal: str) -> None:
        """See Orchestrator."""
        self._require_reachable()
        self.signals[workflow_id].append(signal)

    async def report_run(self, order: ReportOrder) -> None:
        """See Orchestrator."""
        self._require_reachable()
        self.reports.append(order)

    async def obey_command(self, command: CommandRef) -> None:
        """See Orchestrator."""
        self._require_reachable()
        self.commands.setdefault(command.delivery_id, command)

    async def deliver_notification(self, order: DeliveryOrder) -> None:
        """See Orchestrator."""
        self._require_reachable()
        self.deliveries.append(order)

    async def complete_job(self, task_token: bytes, outcome: JobOutcome) -> None:
        """See Orchestrator."""
        self._require_reachable()
        self.completed.setdefault(task_token, outcome)

    async def vouch(self, task_token: bytes, progress: dict[str, Any]) -> Vouched:
        """See Orchestrator."""
        self._require_reachable()
        self.vouched.append((task_token, progress))
        return Vouched.GONE if task_token in self.gone else Vouched.WAITING

    async def standing(self, workflow_id: str) -> Standing:
        """See Orchestrator."""
        self._require_reachable()
        found = Standing.OPEN if workflow_id in self.started else Standing.UNKNOWN
        return self.standings.get(workflow_id, found)

    def _require_reachable(self) -> None:
        if not self.reachable:
            raise UnavailableError("the orchestrator cannot be reached")
