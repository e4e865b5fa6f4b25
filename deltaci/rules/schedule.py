"""Rules that keep deployments out of windows of time (Versioner spec §3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from deltaci.rules.approvers import RULE_EDITORS
from deltaci.rules.facts import Facts
from deltaci.rules.model import Attempt, Finding, Rule
from deltaci.rules.moments import as_text
from deltaci.rules.wall_clock import Occurrence, current, turns_between
from deltaci.wire.rules import ScheduleConfig
from deltaci.wire.schedule import Effect, ScheduleWindow

NO_DEPLOY_WINDOW = "NO_DEPLOY_WINDOW"
STRIDE = timedelta(days=35)
HORIZON = timedelta(days=400)
"""How far ahead an opening is looked for."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Why windows refuse a moment: one contains it, or it lies outside of all that allow."""

    window: ScheduleWindow | None
    """The first window that contains it; None when it lies outside of all that allow."""
    starts_at: datetime | None
    ends_at: datetime | None
    reopens_at: datetime | None
    """The first later moment that no window refuses; None when there is none for a year."""


def find_closure(windows: Sequence[ScheduleWindow], at: datetime) -> Closure | None:
    """Return why a moment is refused, or None. A window that blocks counts before all others."""
    refused, blocking = _refused(windows, at)
    if not refused:
        return None
    reopens_at = _next_opening(windows, at)
    if blocking is None:
        return Closure(None, None, None, reopens_at)
    starts_at, ends_at = _around(blocking, at)
    return Closure(blocking.window, starts_at, ends_at, reopens_at)


def is_refused(windows: Sequence[ScheduleWindow], at: datetime) -> bool:
    """Whether windows refuse a moment."""
    return _refused(windows, at)[0]


def judge_schedule(rule: Rule, config: ScheduleConfig, attempt: Attempt, _facts: Facts) -> Finding:
    """Refuse an attempt within a window; it passes by itself when the last one is over."""
    closure = find_closure(config.windows, attempt.at)
    if closure is None:
        return rule.passed()
    window = closure.window
    name = (window.name if window else "") or rule.name
    within = f"within the window {name!r}" if window else "outside of the windows that allow it"
    opens = f" until {as_text(closure.reopens_at)}" if closure.reopens_at else ""
    reason = f": {window.reason}" if window and window.reason else ""
    return rule.failed(
        NO_DEPLOY_WINDOW,
        HTTPStatus.LOCKED,
        f"no deployment{opens}, {within}{reason}",
        retry_after=closure.reopens_at,
        override_roles=tuple(RULE_EDITORS),
        details={
            "window_name": name,
            "window_start": as_text(closure.starts_at),
            "window_end": as_text(closure.ends_at or closure.reopens_at),
            "reason": window.reason if window else "",
        },
    )


def _refused(windows: Sequence[ScheduleWindow], at: datetime) -> tuple[bool, Occurrence | None]:
    """Return whether a moment is refused, and by which occurrence if one contains it."""
    for window in windows:
        if window.effect is Effect.BLOCK and (blocking := current(window, at)):
            return True, blocking
    allowing = [window for window in windows if window.effect is Effect.ALLOW]
    return bool(allowing) and not any(current(window, at) for window in allowing), None


def _next_opening(windows: Sequence[ScheduleWindow], at: datetime) -> datetime | None:
    """Look at each moment at which something can change, in order."""
    begin = at
    while begin < at + HORIZON:
        end = begin + STRIDE
        turns = {turn for window in windows for turn in turns_between(window, begin, end)}
        for turn in sorted(turns):
            if not is_refused(windows, turn):
                return turn
        begin = end
    return None


def _around(occurrence: Occurrence, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return since when and until when the clocks show times within an occurrence."""
    turns = occurrence.turns()
    ends = (turn for turn in turns if turn > at and not occurrence.contains(turn))
    return max((turn for turn in turns if turn <= at), default=None), next(ends, None)
