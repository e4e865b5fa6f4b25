"""One event on its way into the database, and what its sender is told."""

from dataclasses import dataclass
from typing import Any

from deltaci.errors import DeltaError
from deltaci.store.idempotency import Keyed
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent


@dataclass(frozen=True, slots=True)
class Report:
    """An event that was sent, by whom, and under which key, if any."""

    event: BuildEvent | DeploymentEvent
    caller: str
    keyed: Keyed | None = None

    @property
    def kind(self) -> str:
        """`build` or `deployment`."""
        return "build" if isinstance(self.event, BuildEvent) else "deployment"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that was accepted: its record, and whether an equal call was told so before."""

    record: dict[str, Any]
    replayed: bool = False


Answer = Accepted | DeltaError
"""A refusal is on record, too; only failures of our own are raised."""
