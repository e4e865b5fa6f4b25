from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deltaci.runner.job_log import JobLog

OpenLog = Callable[[int], JobLog]


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[OpenLog]:
    logs: list[JobLog] = []

    def create(max_bytes: int = 1000) -> JobLog:
        logs.append(JobLog(tmp_path / f"log-{len(logs)}", ("s3cret-value",), max_bytes))
        return logs[-1]

    yield create
    for log in logs:
        log.__exit__(None, None, None)


def text(log: JobLog) -> bytes:
    return log.read(0, 10_000_000)


def test_lines_of_the_runner_begin_on_a_line_of_their_own(open_log: OpenLog) -> None:
    log = open_log(1000)
    log.write(b"no newline")
    log.note("a note")
    log.line("$ next")
    assert text(log) == b"no newline\n[delta-ci] a note\n$ next\n"
    assert log.size == len(text(log))


def test_commands_in_the_log_are_masked(open_log: OpenLog) -> None:
    log = open_log(1000)
    log.line("$ deploy --key s3cret-value")
    assert text(log) == b"$ deploy --key ***\n"


def test_a_full_log_says_so_once(open_log: OpenLog) -> None:
    log = open_log(62)
    for _ in range(3):
        log.write(b"0123456789\n")
        log.settle()
    assert text(log) == b"0123456789\n\n[delta-ci] log limit reached, the rest is dropped\n"
    assert log.size == 62


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, 60), max_size=8),
    output=st.lists(st.sampled_from(["a", "\n", "s3cret-value", "s3cret", " "]), max_size=10),
)
def test_no_cut_of_the_output_shows_a_secret(
    open_log: OpenLog, cuts: list[int], output: list[str]
) -> None:
    whole = "".join(output).encode()
    log = open_log(1000)
    begin = 0
    for cut in sorted(cuts):
        log.write(whole[begin:cut])
        begin = max(begin, cut)
    log.write(whole[begin:])
    log.close()
    assert text(log) == whole.replace(b"s3cret-value", b"***")
