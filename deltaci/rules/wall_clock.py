"""Windows on the wall clocks of a zone, and the moments at which these show a time: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from deltaci.wire.schedule import LAST_DAY, Recurrence, ScheduleWindow, Weekday

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a window comes. What its zone's clocks show is kept without a zone."""

    window: ScheduleWindow
    starts: datetime
    ends: datetime

    def contains(self, at: datetime) -> bool:
        """Whether the clocks show a time within it at this moment."""
        return self.starts <= at.astimezone(self.zone).replace(tzinfo=None) < self.ends

    def turns(self) -> list[datetime]:
        """Return all moments at which being within it can begin or end, in order."""
        return sorted({*moments_of(self.starts, self.zone), *moments_of(self.ends, self.zone)})

    @property
    def zone(self) -> ZoneInfo:
        """Whose clocks count."""
        return ZoneInfo(self.window.timezone)


def current(window: ScheduleWindow, at: datetime) -> Occurrence | None:
    """Return the occurrence that contains a moment."""
    today = _day(window, at)
    found = occurrences(window, today - _days_long(window) * DAY, today)
    return next((each for each in found if each.contains(at)), None)


def turns_between(window: ScheduleWindow, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the moments, in no order, at which being within the window can change."""
    first = _day(window, after) - (_days_long(window) + 1) * DAY
    for each in occurrences(window, first, _day(window, until) + DAY):
        yield from (turn for turn in each.turns() if after < turn <= until)


def occurrences(window: ScheduleWindow, first: date, last: date) -> Iterator[Occurrence]:
    """Yield those that begin on days from `first` to `last`; one that comes once always."""
    if window.starts_at and window.ends_at:
        yield Occurrence(window, window.starts_at, window.ends_at)
        return
    begin, end = _times(window)
    later = _days_long(window) * DAY
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if _begins_on(window, day):
            starts, ends = datetime.combine(day, begin), datetime.combine(day + later, end)
            yield Occurrence(window, starts, ends)


def moments_of(shown: datetime, zone: ZoneInfo) -> Sequence[datetime]:
    """Return when the clocks of a zone show a time, and when they jump over or back across it.

    That is one moment for most times; the jump alone for what is skipped; and for what is shown
    twice both times, and the jump between them.
    """
    early, late = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return (early,)
    jump = _jump_between(min(early, late), max(early, late), zone)
    return (early, jump, late) if early < late else (jump,)


def _jump_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment with the later of two offsets; clocks jump at whole seconds."""
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _times(window: ScheduleWindow) -> tuple[time, time]:
    return time.fromisoformat(window.start_time or ""), time.fromisoformat(window.end_time or "")


def _days_long(window: ScheduleWindow) -> int:
    """Return how many days after it has begun a recurring window ends."""
    if window.starts_at:
        return 0
    begin, end = _times(window)
    return window.days_later or int(end <= begin)


def _begins_on(window: ScheduleWindow, day: date) -> bool:
    match window.recurrence:
        case Recurrence.WEEKLY:
            return WEEKDAYS[day.weekday()] in window.days
        case Recurrence.MONTHLY:
            is_last = (day + DAY).day == 1
            return day.day in window.month_days or (is_last and LAST_DAY in window.month_days)
        case _:
            return True


def _day(window: ScheduleWindow, at: datetime) -> date:
    return at.astimezone(ZoneInfo(window.timezone)).date()
