"""Windows of time in which deployments are refused, or outside of which they are."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from deltaci.wire.values import StrictRequest

WINDOWS_MAX = 20
YEAR_MIN, YEAR_MAX = 2000, 2200
DAYS_LATER_MAX = 31
LAST_DAY = -1


class Recurrence(StrEnum):
    """How often a window comes."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Weekday(StrEnum):
    """Days, Monday first, as `datetime.weekday` counts them."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Effect(StrEnum):
    """What a window does. One that blocks counts before all that allow."""

    BLOCK = "block"
    ALLOW = "allow"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not the IANA name of a time zone, such as Europe/Berlin") from error
    return name


TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Hours and minutes of a wall clock, as `17:00`."""
Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]
MonthDay = Annotated[int, Field(ge=LAST_DAY, le=31)]
"""A day of the month; -1 is its last. Months without such a day have no window."""


class ScheduleWindow(StrictRequest):
    """A window, as the wall clocks of its zone show it.

    It contains each moment at which they show a time from its beginning up to, not including, its
    end: what they skip in spring never happens, what they show twice in autumn counts twice. A
    window that ends at or before the time at which it begins, ends on the next day;
    `days_later` says how many days later, if it lasts longer.
    """

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    reason: Annotated[str, StringConstraints(max_length=500)] = ""
    effect: Effect = Effect.BLOCK
    timezone: Zone = "UTC"
    recurrence: Recurrence
    starts_at: datetime | None = None
    """`once`: the beginning in the window's zone, unless it has an offset of its own."""
    ends_at: datetime | None = None
    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    days_later: Annotated[int, Field(ge=0, le=DAYS_LATER_MAX)] = 0
    days: Annotated[list[Weekday], Field(max_length=7)] = []
    """`weekly`: the days on which it begins."""
    month_days: Annotated[list[MonthDay], Field(max_length=31)] = []
    """`monthly`: the days on which it begins."""

    @field_validator("starts_at", "ends_at")
    @classmethod
    def _on_the_wall(cls, moment: datetime | None, info: ValidationInfo) -> datetime | None:
        """Keep what the zone's clocks show, to the minute."""
        if moment is None:
            return None
        if not YEAR_MIN <= moment.year <= YEAR_MAX:
            raise ValueError(f"must lie in the years {YEAR_MIN} to {YEAR_MAX}")
        if moment.tzinfo is not None:
            moment = moment.astimezone(ZoneInfo(info.data.get("timezone", "UTC")))
        return moment.replace(tzinfo=None, second=0, microsecond=0)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        once = self.recurrence is Recurrence.ONCE
        needed = ("starts_at", "ends_at") if once else ("start_time", "end_time")
        if missing := [name for name in needed if getattr(self, name) is None]:
            raise ValueError(f"a window that comes {self.recurrence} needs {missing[0]}")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be later than starts_at")
        if self.recurrence is Recurrence.WEEKLY and not self.days:
            raise ValueError("a window that comes weekly needs days")
        if self.recurrence is Recurrence.MONTHLY and (not self.month_days or 0 in self.month_days):
            raise ValueError("a window that comes monthly needs month_days, 1 to 31 or -1")
        return self


Windows = Annotated[list[ScheduleWindow], Field(max_length=WINDOWS_MAX)]
