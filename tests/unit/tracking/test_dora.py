"""The four keys of DORA, by hand-made histories."""

from datetime import UTC, datetime, timedelta

import pytest

from deltaci.tracking.dora import Ended, four_keys
from deltaci.wire.deployments import Change

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=10)


def ended(
    hours: float,
    change: Change | None = Change.ROLL_FORWARD,
    place: str = "production",
    lead: float = 2,
    *,
    completed: bool = True,
    undone: bool = False,
) -> Ended:
    at = SINCE + timedelta(hours=hours)
    began = at - timedelta(hours=lead)
    return Ended(("shop", place), at, completed, change, began, undone)


def failed(hours: float, place: str = "production") -> Ended:
    return ended(hours, None, place, completed=False)


def test_nothing_says_nothing() -> None:
    keys = four_keys([], SINCE, UNTIL)

    assert (keys.deployments, keys.failures, keys.deployments_per_day) == (0, 0, 0)
    assert keys.lead_time_hours is keys.change_failure_rate is keys.time_to_restore_hours is None


def test_frequency_counts_what_completed() -> None:
    keys = four_keys([ended(1), ended(2), failed(3)], SINCE, UNTIL)

    assert (keys.deployments, keys.deployments_per_day) == (2, 0.2)


def test_lead_time_is_the_median_of_what_went_forward() -> None:
    history = [
        ended(10, Change.FIRST, lead=1),
        ended(20, lead=3),
        ended(30, lead=8),
        ended(40, Change.REDEPLOY, lead=100),
        ended(50, Change.ROLLBACK, lead=100),
    ]

    assert four_keys(history, SINCE, UNTIL).lead_time_hours == 3


def test_clocks_that_differ_make_no_negative_lead_time() -> None:
    assert four_keys([ended(10, lead=-5)], SINCE, UNTIL).lead_time_hours == 0


def test_a_failure_counts_until_something_completes_there() -> None:
    keys = four_keys([ended(0), failed(1), failed(2), ended(4)], SINCE, UNTIL)

    assert keys.failures == 2
    assert keys.change_failure_rate == 0.5
    assert keys.time_to_restore_hours == 2.5


def test_another_environment_puts_nothing_right() -> None:
    keys = four_keys([failed(1), ended(2, place="eu-production")], SINCE, UNTIL)

    assert keys.time_to_restore_hours is None


def test_what_is_rolled_back_was_a_failure_and_the_rollback_is_no_change() -> None:
    keys = four_keys([ended(1), ended(2), ended(5, Change.ROLLBACK)], SINCE, UNTIL)

    assert (keys.deployments, keys.failures) == (3, 1)
    assert keys.change_failure_rate == 0.5
    assert keys.time_to_restore_hours == 3


def test_what_we_rolled_back_ourselves_counts_once() -> None:
    history = [ended(1, undone=True), ended(3, Change.ROLLBACK)]

    assert four_keys(history, SINCE, UNTIL).failures == 1


def test_what_came_too_late_changes_no_history() -> None:
    history = [ended(1), ended(2, Change.OUT_OF_ORDER), ended(3, Change.ROLLBACK)]
    keys = four_keys(history, SINCE, UNTIL)

    assert keys.failures == 1
    assert keys.time_to_restore_hours == 2


@pytest.mark.parametrize("turn", range(4))
def test_the_order_in_which_rows_are_read_does_not_count(turn: int) -> None:
    history = [ended(1), failed(2), ended(3), ended(5, Change.ROLLBACK)]

    assert four_keys(history[turn:] + history[:turn], SINCE, UNTIL) == four_keys(
        history, SINCE, UNTIL
    )
