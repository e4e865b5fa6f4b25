"""The four keys of DORA, from what ended: pure. Each definition stands beside its computation."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from deltaci.wire.deployments import Change

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86_400.0
CHANGES_NOTHING = frozenset({Change.ROLLBACK, Change.OUT_OF_ORDER})


@dataclass(frozen=True, slots=True)
class Ended:
    """A deployment that completed or failed. Those that were given up say nothing here."""

    place: tuple[str, str]
    at: datetime
    completed: bool
    change: Change | None
    changed_at: datetime
    """When work on its version became visible: its first build began, or it was first seen."""
    undone: bool = False
    """Whether it is known to have been rolled back."""


@dataclass(frozen=True, slots=True)
class FourKeys:
    """See `deltaci.wire.tracking_views.DoraMetrics`."""

    deployments: int
    failures: int
    deployments_per_day: float
    lead_time_hours: float | None
    change_failure_rate: float | None
    time_to_restore_hours: float | None


def four_keys(ended: Iterable[Ended], since: datetime, until: datetime) -> FourKeys:
    """Compute the keys of a window.

    - Deployment frequency: completed deployments, divided by the days of the window.
    - Lead time for changes: the median time from `changed_at` to completion, of deployments that
      brought a version forward.
    - Change failure rate: of the deployments that tried to change something, those that failed, or
      completed and were undone: the next completed deployment of their place is a rollback.
    - Time to restore: the median time from such a failure to the next completed deployment of its
      place; one that is not over does not count.
    """
    places: dict[tuple[str, str], list[Ended]] = defaultdict(list)
    for each in sorted(ended, key=lambda each: each.at):
        places[each.place].append(each)
    everything = [each for history in places.values() for each in history]
    completed = [each for each in everything if each.completed]
    failures = [failure for history in places.values() for failure in _failures(history)]
    tried = [each for each in everything if each.change not in CHANGES_NOTHING]
    leads = [
        (each.at - each.changed_at).total_seconds()
        for each in completed
        if each.change in {Change.FIRST, Change.ROLL_FORWARD}
    ]
    restored = [
        (over.at - failure.at).total_seconds() for failure, over in failures if over is not None
    ]
    days = max((until - since).total_seconds() / SECONDS_PER_DAY, 1 / SECONDS_PER_DAY)
    return FourKeys(
        deployments=len(completed),
        failures=len(failures),
        deployments_per_day=round(len(completed) / days, 4),
        lead_time_hours=_median_hours(leads),
        change_failure_rate=round(len(failures) / len(tried), 4) if tried else None,
        time_to_restore_hours=_median_hours(restored),
    )


def _failures(history: Sequence[Ended]) -> list[tuple[Ended, Ended | None]]:
    """Return what went wrong in a place, each with what put it right; `history` is in order."""
    found: list[tuple[Ended, Ended | None]] = []
    following: Ended | None = None
    for each in reversed(history):
        undone = each.undone or (following is not None and following.change is Change.ROLLBACK)
        if each.change not in CHANGES_NOTHING and (not each.completed or undone):
            found.append((each, following))
        if each.completed and each.change is not Change.OUT_OF_ORDER:
            following = each
    return found


def _median_hours(seconds: Sequence[float]) -> float | None:
    """Clocks of tools differ: less than nothing is nothing."""
    if not seconds:
        return None
    return round(median(max(0.0, each) for each in seconds) / SECONDS_PER_HOUR, 4)
