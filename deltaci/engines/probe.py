"""Asks the address of what was deployed whether it works: one question per call.

The workflow waits between the questions and counts the time; so a probe survives every restart.
"""

from dataclasses import dataclass, replace
from http import HTTPStatus

from deltaci.clock import Clock
from deltaci.engine_settings import EngineSettings
from deltaci.engines.failures import failure
from deltaci.engines.port import Failure, FailureCategory
from deltaci.engines.targets import Ask, TargetRefusedError, TargetUnreachableError, ask
from deltaci.wire.recipes import Probe


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one question brought."""

    healthy: bool
    streak: int
    """Good answers in a row, this one included."""
    passed: bool
    """Whether they are as many as the recipe wants: there is nothing more to ask."""
    detail: str
    """In words for people: what was wrong, or how many are still missing."""


class Prober:
    """Asks within the bounds of the settings."""

    def __init__(self, settings: EngineSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def probe_once(self, probe: Probe, streak: int = 0) -> ProbeResult:
        """Ask once, after this many good answers in a row. Never raises for what is out there."""
        patience = min(probe.timeout_seconds, self._settings.timeout_seconds)
        try:
            answer = await ask(self._settings, Ask("GET", probe.url), patience)
        except (TargetRefusedError, TargetUnreachableError) as error:
            return judge(probe, streak, str(error))
        return judge(probe, streak, fault_of(probe, answer.status, answer.body))

    def timed_out(self, last: ProbeResult) -> Failure:
        """Describe the failure of a version that did not pass in the recipe's time."""
        return replace(
            failure(FailureCategory.APP, self._clock()),
            summary="The deployed version did not pass its probe in time.",
            detail=f"last: {last.detail}",
        )


def fault_of(probe: Probe, status: int, body: bytes) -> str:
    """Return what is wrong with an answer; empty when nothing is."""
    if status not in probe.expect_status:
        wanted = ", ".join(map(str, probe.expect_status))
        return f"it answered {_named(status)} instead of {wanted}"
    if probe.expect_body is not None and probe.expect_body.encode() not in body:
        return "its answer lacks the expected text"
    return ""


def judge(probe: Probe, streak: int, fault: str) -> ProbeResult:
    """Count an answer: one that is not good begins the row anew."""
    if fault:
        return ProbeResult(healthy=False, streak=0, passed=False, detail=fault)
    streak += 1
    passed = streak >= probe.successes
    return ProbeResult(
        healthy=True,
        streak=streak,
        passed=passed,
        detail=f"{streak} of {probe.successes} good answers in a row",
    )


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
