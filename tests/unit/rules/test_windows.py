"""Windows on wall clocks: midnight, clocks that jump, precedence, and when the next opening is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from deltaci.rules.schedule import Closure, find_closure, is_refused
from deltaci.rules.wall_clock import moments_of
from deltaci.wire.schedule import ScheduleWindow, Weekday

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(start: str, end: str, zone: str = "UTC", **more: object) -> ScheduleWindow:
    told = {"recurrence": "daily", "start_time": start, "end_time": end, "timezone": zone}
    return ScheduleWindow.model_validate(told | more)


def window(**fields: object) -> ScheduleWindow:
    return ScheduleWindow.model_validate(fields)


def closure(windows: list[ScheduleWindow], moment: datetime) -> Closure:
    found = find_closure(windows, moment)
    assert found is not None
    return found


FRIDAY_TO_MONDAY = window(
    recurrence="weekly", days=["friday"], start_time="17:00", end_time="08:00", days_later=3
)
LAST_OF_MONTH = window(recurrence="monthly", month_days=[-1], start_time="00:00", end_time="00:00")
THE_31ST = window(recurrence="monthly", month_days=[31], start_time="09:00", end_time="10:00")
FREEZE = window(recurrence="once", starts_at="2026-12-20T18:00", ends_at="2027-01-04T06:00")


@pytest.mark.parametrize(
    ("one", "moment", "opens"),
    [
        (daily("17:00", "21:00"), "2026-01-12T16:59", None),
        (daily("17:00", "21:00"), "2026-01-12T17:00", "2026-01-12T21:00"),
        (daily("17:00", "21:00"), "2026-01-12T21:00", None),
        (daily("22:00", "06:00"), "2026-01-12T23:30", "2026-01-13T06:00"),
        (daily("22:00", "06:00"), "2026-01-13T05:59", "2026-01-13T06:00"),
        (daily("22:00", "06:00"), "2026-01-13T06:00", None),
        (daily("17:00", "21:00", BERLIN), "2026-01-12T16:30", "2026-01-12T20:00"),
        (daily("17:00", "21:00", BERLIN), "2026-07-12T15:30", "2026-07-12T19:00"),
        (FRIDAY_TO_MONDAY, "2026-01-16T16:59", None),
        (FRIDAY_TO_MONDAY, "2026-01-16T17:00", "2026-01-19T08:00"),
        (FRIDAY_TO_MONDAY, "2026-01-18T12:00", "2026-01-19T08:00"),
        (FRIDAY_TO_MONDAY, "2026-01-19T08:00", None),
        (LAST_OF_MONTH, "2028-02-29T12:00", "2028-03-01T00:00"),
        (LAST_OF_MONTH, "2026-02-28T00:00", "2026-03-01T00:00"),
        (LAST_OF_MONTH, "2026-03-01T00:00", None),
        (THE_31ST, "2026-01-31T09:30", "2026-01-31T10:00"),
        (THE_31ST, "2026-04-30T09:30", None),
        (FREEZE, "2026-12-24T12:00", "2027-01-04T06:00"),
        (FREEZE, "2027-12-24T12:00", None),
    ],
)
def test_a_window_refuses_from_its_beginning_up_to_its_end(
    one: ScheduleWindow, moment: str, opens: str | None
) -> None:
    found = find_closure([one], at(moment))

    assert (found and found.reopens_at) == (opens and at(opens))


def test_a_window_that_loses_its_hour_to_spring_never_comes_that_day() -> None:
    skipped = daily("02:15", "02:45", BERLIN)  # clocks go from 02:00 to 03:00 at 01:00 UTC

    moments = [at("2026-03-29T00:00") + each * MINUTE for each in range(180)]

    assert not any(is_refused([skipped], each) for each in moments)


def test_a_window_that_ends_in_the_skipped_hour_ends_when_the_clocks_jump() -> None:
    found = closure([daily("01:30", "02:30", BERLIN)], at("2026-03-29T00:45"))

    assert found.starts_at == at("2026-03-29T00:30")
    assert found.ends_at == found.reopens_at == at("2026-03-29T01:00")


def test_a_window_that_begins_in_the_skipped_hour_begins_when_the_clocks_jump() -> None:
    found = closure([daily("02:30", "03:30", BERLIN)], at("2026-03-29T01:00"))

    assert (found.starts_at, found.ends_at) == (at("2026-03-29T01:00"), at("2026-03-29T01:30"))
    assert find_closure([daily("02:30", "03:30", BERLIN)], at("2026-03-29T00:59")) is None


def test_a_window_within_the_hour_that_autumn_repeats_comes_twice() -> None:
    repeated = daily("02:15", "02:45", BERLIN)  # 02:00 to 03:00 is 00:00 to 01:00 and on to 02:00

    first = closure([repeated], at("2026-10-25T00:20"))
    second = closure([repeated], at("2026-10-25T01:20"))

    assert first.reopens_at == at("2026-10-25T00:45")
    assert second.reopens_at == at("2026-10-25T01:45")
    assert find_closure([repeated], at("2026-10-25T00:50")) is None


def test_falling_back_before_a_windows_beginning_leaves_it() -> None:
    late = daily("02:30", "04:00", BERLIN)

    assert closure([late], at("2026-10-25T00:45")).reopens_at == at("2026-10-25T01:00")
    assert closure([late], at("2026-10-25T01:30")).reopens_at == at("2026-10-25T03:00")


def test_windows_of_one_rule_that_touch_open_only_after_the_last() -> None:
    evening, night = daily("18:00", "22:00"), daily("22:00", "06:00")

    found = closure([evening, night], at("2026-01-12T19:00"))

    assert found.ends_at == at("2026-01-12T22:00")
    assert found.reopens_at == at("2026-01-13T06:00")


def test_without_a_window_that_allows_it_a_moment_is_refused() -> None:
    office = window(
        recurrence="weekly",
        days=["monday", "tuesday", "wednesday", "thursday", "friday"],
        start_time="09:00",
        end_time="16:00",
        effect="allow",
    )

    found = closure([office], at("2026-01-16T16:00"))  # a Friday

    assert found.window is None
    assert found.reopens_at == at("2026-01-19T09:00")
    assert find_closure([office], at("2026-01-16T15:59")) is None


def test_a_window_that_blocks_counts_before_one_that_allows() -> None:
    allowed = daily("09:00", "17:00", effect="allow")
    lunch = daily("12:00", "13:00", name="lunch")

    found = closure([allowed, lunch], at("2026-01-12T12:30"))

    assert found.window == lunch
    assert found.reopens_at == at("2026-01-12T13:00")


def test_what_never_opens_says_no_moment() -> None:
    always = daily("00:00", "00:00")

    assert closure([always], at("2026-01-12T12:00")).reopens_at is None


times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
near_jumps = st.sampled_from(
    [
        (BERLIN, "2026-03-29"),
        (BERLIN, "2026-10-25"),
        (NEW_YORK, "2026-03-08"),
        (NEW_YORK, "2026-11-01"),
        (LORD_HOWE, "2026-04-05"),
        (LORD_HOWE, "2026-10-04"),
        ("America/Sao_Paulo", "2018-11-04"),
        ("Africa/Casablanca", "2026-02-15"),
        ("UTC", "2026-06-01"),
    ]
)


@st.composite
def windows_of_a_zone(draw: st.DrawFn) -> tuple[list[ScheduleWindow], datetime]:
    zone, day = draw(near_jumps)
    several = draw(st.lists(st.tuples(times, times, st.booleans()), min_size=1, max_size=3))
    weekdays = draw(st.sets(st.sampled_from(list(Weekday)), min_size=1))
    windows = [
        window(
            recurrence="weekly",
            days=sorted(weekdays),
            start_time=start,
            end_time=end,
            timezone=zone,
            effect="allow" if allows else "block",
        )
        for start, end, allows in several
    ]
    moment = at(day) + timedelta(minutes=draw(st.integers(-36 * 60, 36 * 60)))
    return windows, moment


@settings(deadline=None)
@given(windows_of_a_zone())
def test_the_moment_of_opening_is_the_very_first_that_is_not_refused(
    drawn: tuple[list[ScheduleWindow], datetime],
) -> None:
    windows, moment = drawn
    found = find_closure(windows, moment)
    if found is None or found.reopens_at is None or found.reopens_at > moment + timedelta(days=2):
        return

    quarters = int((found.reopens_at - moment) / QUARTER)
    waited = [moment + each * QUARTER for each in range(quarters + 1)]

    assert all(is_refused(windows, each) for each in waited if each < found.reopens_at)
    assert not is_refused(windows, found.reopens_at)
    assert is_refused(windows, found.reopens_at - timedelta(microseconds=1))


@settings(deadline=None)
@given(near_jumps, times)
def test_clocks_show_what_is_asked_for_at_the_moments_found_unless_they_skip_it(
    near: tuple[str, str], time: str
) -> None:
    zone = ZoneInfo(near[0])
    shown = datetime.fromisoformat(f"{near[1]}T{time}")

    found = moments_of(shown, zone)

    showing = [each for each in found if each.astimezone(zone).replace(tzinfo=None) == shown]
    assert list(found) == sorted(found)
    assert (len(found), len(showing)) in {(1, 1), (1, 0), (3, 2)} | {(3, 3)}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"recurrence": "daily", "start_time": "17:00"}, "needs end_time"),
        ({"recurrence": "daily", "start_time": "25:00", "end_time": "26:00"}, "pattern"),
        ({"recurrence": "weekly", "start_time": "1:00", "end_time": "02:00"}, "pattern"),
        ({"recurrence": "weekly", "start_time": "01:00", "end_time": "02:00"}, "needs days"),
        (
            {
                "recurrence": "monthly",
                "start_time": "01:00",
                "end_time": "02:00",
                "month_days": [0],
            },
            "needs month_days",
        ),
        ({"recurrence": "once", "starts_at": "2026-01-02T00:00"}, "needs ends_at"),
        (
            {
                "recurrence": "once",
                "starts_at": "2026-01-02T00:00",
                "ends_at": "2026-01-01T00:00",
            },
            "later than",
        ),
        (
            {
                "recurrence": "once",
                "starts_at": "0001-01-02T00:00",
                "ends_at": "9999-01-01T00:00",
            },
            "years",
        ),
        (
            {
                "recurrence": "daily",
                "start_time": "01:00",
                "end_time": "02:00",
                "timezone": "../../etc/passwd",
            },
            "IANA",
        ),
        ({"recurrence": "daily", "start_time": "1", "end_time": "2", "timezone": "Mars"}, "IANA"),
    ],
)
def test_a_window_that_means_nothing_is_refused(fields: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        window(**fields)


def test_a_moment_with_an_offset_is_shown_on_the_clocks_of_the_windows_zone() -> None:
    given_in_utc = window(
        timezone=BERLIN,
        recurrence="once",
        starts_at="2026-07-01T10:00Z",
        ends_at="2026-07-01T13:00+02:00",
    )

    found = closure([given_in_utc], at("2026-07-01T10:30"))

    assert (found.starts_at, found.ends_at) == (at("2026-07-01T10:00"), at("2026-07-01T11:00"))
