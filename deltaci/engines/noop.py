"""The engine `noop`: changes nothing, and ends after a while as the recipe says.

For drills, for trying guardrails out, and for what deploys itself. It keeps nothing: what it began
and when is in the execution's id, so any worker can answer for it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from deltaci.clock import Clock
from deltaci.engines.checks import faults_of
from deltaci.engines.failures import failure
from deltaci.engines.port import (
    EngineOrder,
    EngineState,
    EngineUnavailableError,
    Execution,
    FailureCategory,
    Progress,
)
from deltaci.wire.recipes import NoopSettings

PREFIX = "noop:"


class NoopEngine:
    """Implements `Engine` without doing anything."""

    engine_type = "noop"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def check(self, spec: Mapping[str, Any]) -> list[str]:
        """See Engine."""
        try:
            NoopSettings.model_validate(dict(spec))
        except ValidationError as error:
            return faults_of(error)
        return []

    async def start(self, order: EngineOrder) -> Execution:  # noqa: ARG002 - the port's signature
        """See Engine. Two starts differ in when they began, and in nothing else."""
        return Execution(f"{PREFIX}{self._clock().isoformat()}")

    async def poll(self, order: EngineOrder, execution: Execution) -> Progress:
        """See Engine."""
        settings = NoopSettings.model_validate(dict(order.spec))
        now = self._clock()
        if now < _began(execution) + timedelta(seconds=settings.seconds):
            return Progress(EngineState.RUNNING)
        if settings.outcome == EngineState.FAILED:
            said = "the recipe says that it fails"
            return Progress(EngineState.FAILED, failure(FailureCategory.UNKNOWN, now, said))
        return Progress(EngineState.SUCCEEDED)

    async def cancel(self, order: EngineOrder, execution: Execution) -> None:
        """See Engine. There is nothing to stop."""


def _began(execution: Execution) -> datetime:
    try:
        return datetime.fromisoformat(execution.id.removeprefix(PREFIX))
    except ValueError as error:
        raise EngineUnavailableError("the execution is not one of this engine") from error
