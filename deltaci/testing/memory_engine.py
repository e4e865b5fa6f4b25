"""An engine in memory that remembers what it was told, and ends when a test says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deltaci.engines.port import (
    EngineOrder,
    EngineState,
    EngineUnavailableError,
    Execution,
    Failure,
    FailureCategory,
    Progress,
)
from deltaci.testing.settable_clock import NOON


@dataclass
class MemoryEngine:
    """Implements `Engine`; everything that it begins goes well at once unless told otherwise."""

    engine_type: str = "noop"
    reachable: bool = True
    """While false, every call raises EngineUnavailableError."""
    state: EngineState = EngineState.SUCCEEDED
    """What it says of everything that has no ending of its own."""
    endings: dict[str, EngineState] = field(default_factory=dict)
    """How single deployments end, by id."""
    orders: list[EngineOrder] = field(default_factory=list)
    """What was begun, in order; an order that comes again is none."""
    canceled: list[str] = field(default_factory=list)

    def check(self, spec: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - the port's signature
        """See Engine."""
        return []

    async def start(self, order: EngineOrder) -> Execution:
        """See Engine."""
        self._require_reachable()
        if order.key not in [known.key for known in self.orders]:
            self.orders.append(order)
        return Execution(f"execution-{order.key}", f"https://engine.test/{order.key}")

    async def poll(self, order: EngineOrder, execution: Execution) -> Progress:  # noqa: ARG002 - as above
        """See Engine."""
        self._require_reachable()
        state = self.endings.get(order.deployment_id, self.state)
        if state is EngineState.FAILED:
            return Progress(state, Failure(FailureCategory.APP, "it does not start", NOON))
        return Progress(state)

    async def cancel(self, order: EngineOrder, execution: Execution) -> None:  # noqa: ARG002 - as above
        """See Engine."""
        self._require_reachable()
        self.canceled.append(order.deployment_id)
        if self.endings.get(order.deployment_id, self.state) is EngineState.RUNNING:
            self.endings[order.deployment_id] = EngineState.CANCELED

    def _require_reachable(self) -> None:
        if not self.reachable:
            raise EngineUnavailableError("the engine cannot be reached")
