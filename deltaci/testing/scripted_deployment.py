"""A deployment whose activities a test answers, and the order that its workflow starts with."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from deltaci.wire.deployment_orders import (
    Admission,
    Checks,
    DeploymentEnding,
    DeploymentOrder,
    DeploymentOutcome,
    DeploymentRef,
    DeploymentTimers,
    EngineStanding,
    ProbeOutcome,
    Trouble,
)

RUNNING = EngineStanding(state="RUNNING")
SUCCEEDED = EngineStanding(state="SUCCEEDED")
CANCELED = EngineStanding(state="CANCELED")
BROKEN = EngineStanding(state="FAILED", trouble=Trouble(category="APP", summary="it broke"))
BEGINS = Admission(begins=True)
WAITS = Admission(begins=False)
DAY_SECONDS = 86_400

Hook = Callable[[], Any]
Answer = TypeVar("Answer")

_numbers = itertools.count(1)


@dataclass
class ScriptedDeployment:
    """Answers in turn, of which the last repeats; `told` says what was asked, in order."""

    admissions: list[Admission] = field(default_factory=lambda: [BEGINS])
    starts: list[EngineStanding | Exception] = field(default_factory=lambda: [RUNNING])
    polls: list[EngineStanding | Exception] = field(default_factory=lambda: [SUCCEEDED])
    stops: list[EngineStanding | Exception] = field(default_factory=lambda: [CANCELED])
    probes: list[ProbeOutcome] = field(default_factory=lambda: [ProbeOutcome(ok=True)])
    commands: list[EngineStanding | Exception] = field(default_factory=lambda: [SUCCEEDED])
    told: list[str] = field(default_factory=list)
    endings: list[DeploymentEnding] = field(default_factory=list)
    hooks: dict[str, Hook] = field(default_factory=dict)
    """What else happens when something is asked for, by its name."""

    async def admit_deployment(self, _: DeploymentRef) -> Admission:
        """See the activity of this name."""
        return await self._next("admit", self.admissions)

    async def begin_verification(self, _: DeploymentRef) -> None:
        """See the activity of this name."""
        self.told.append("active")

    async def cancel_from_outside(self, _: DeploymentRef) -> None:
        """See the activity of this name."""
        self.told.append("cancel")

    async def settle_deployment(self, ending: DeploymentEnding) -> DeploymentOutcome:
        """See the activity of this name."""
        self.told.append("settle")
        self.endings.append(ending)
        return DeploymentOutcome(deployment_id=ending.deployment_id, state=ending.wanted)

    async def start_engine(self, _: DeploymentRef) -> EngineStanding:
        """See the activity of this name."""
        return await self._next("start", self.starts)

    async def ask_engine(self, _: DeploymentRef) -> EngineStanding:
        """See the activity of this name."""
        return await self._next("poll", self.polls)

    async def stop_engine(self, _: DeploymentRef) -> EngineStanding:
        """See the activity of this name."""
        return await self._next("stop", self.stops)

    async def probe_deployment(self, _: DeploymentRef) -> ProbeOutcome:
        """See the activity of this name."""
        return await self._next("probe", self.probes)

    async def check_command(self, _: DeploymentRef) -> EngineStanding:
        """See the activity of this name."""
        return await self._next("command", self.commands)

    async def stop_command(self, _: DeploymentRef) -> EngineStanding:
        """See the activity of this name."""
        return await self._next("stop command", [CANCELED])

    async def _next(self, what: str, answers: Sequence[Answer | Exception]) -> Answer:
        self.told.append(what)
        if hook := self.hooks.get(what):
            await hook()
        times = self.told.count(what)
        answer = answers[min(times, len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


def order(checks: Checks | None = None, **timers: int) -> DeploymentOrder:
    """Order the shop's 1.0.0 to prod; `timers` are given by name."""
    usual = {
        "wait_max_seconds": 7 * DAY_SECONDS,
        "recheck_seconds": 60,
        "poll_seconds": 5,
        "start_give_up_seconds": 60,
        "call_timeout_seconds": 10,
        "cancel_deadline_seconds": 30,
        "timeout_seconds": 3600,
    }
    return DeploymentOrder(
        deployment_id=f"deployment-{next(_numbers)}",
        service="shop",
        version="1.0.0",
        environment="prod",
        kind="ROLL_FORWARD",
        timers=DeploymentTimers.model_validate(usual | timers),
        checks=checks or Checks(),
    )
