from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from deltaci.runner.backoff import delays
from deltaci.runner.outcome import shell_code, shorten, step_failed, timed_out
from deltaci.runner.stop import Stop, StopReason


def test_summaries_name_the_step_and_the_reason() -> None:
    assert step_failed(2, "pytest -q", 1).summary == "step 2 'pytest -q' failed: exit status 1"
    assert step_failed(1, "x", -9).summary == "step 1 'x' failed: killed by signal 9"
    assert timed_out(90).summary == "timed out after 90s"


@given(command=st.text(), limit=st.integers(1, 100))
def test_a_shortened_command_is_one_bounded_line(command: str, limit: int) -> None:
    assert len(shorten(command, limit)) <= limit
    assert len(shorten(command, limit).splitlines()) <= 1


def test_signals_are_reported_as_a_shell_would() -> None:
    assert [shell_code(code) for code in (0, 3, -9, -15)] == [0, 3, 137, 143]


def test_waits_grow_and_stay_bounded() -> None:
    waits = list(islice(delays(first=1, longest=8), 50))
    assert 0.5 <= waits[0] <= 1
    assert all(4 <= wait <= 8 for wait in waits[3:])


async def test_a_stronger_reason_to_stop_replaces_a_weaker_one() -> None:
    stop = Stop()
    for reason in (StopReason.CANCELED, StopReason.HAND_BACK, StopReason.LEASE_LOST):
        stop.request(reason, deadline_seconds=1)
    assert stop.reason is StopReason.LEASE_LOST
    await stop.wait(StopReason.HAND_BACK)
