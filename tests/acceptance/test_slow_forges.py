"""A forge that hangs, refuses or is away holds nothing up, and hears everything in the end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.linked_repository import Link
from deltaci.testing.live_forge import LiveForge
from deltaci.testing.waiting import until
from deltaci.vcs.port import Provider, Verdict
from deltaci.wire.reports import ReportState

HANGS_SECONDS = 600
BURST = 12
"""More runs than one worker sends reports at once."""
ANSWER_SECONDS = 2.0

on_each_database = pytest.mark.parametrize(
    "stack", [pytest.param("sqlite", marks=pytest.mark.slow), "postgresql"], indirect=True
)
JOBS = {"test": {"steps": ["true"]}}


@on_each_database
def test_a_hanging_forge_delays_no_planning_no_jobs_and_no_answers(
    bench: CiBench, link: Link
) -> None:
    hanging, other = link(JOBS), link(JOBS, Provider.GITHUB)
    hanging.forge.fake.faults.delay(HANGS_SECONDS)
    pushes = [hanging.pushed({"src/shop.py": str(number)}) for number in range(BURST)]
    begun = time.monotonic()
    runs = [hanging.run_of(push) for push in pushes]
    assert (time.monotonic() - begun) / BURST < ANSWER_SECONDS
    assert {bench.until_ended(run) for run in runs} == {"SUCCEEDED"}
    unrelated = other.run_of(other.pushed({"src/shop.py": "other"}))
    assert bench.until_ended(unrelated) == "SUCCEEDED"
    assert hanging.shown.checks == []
    other.until_reported(unrelated)

    hanging.forge.fake.faults.delay(0)
    for run, push in zip(runs, pushes, strict=True):
        hanging.until_reported(run)
        told = hanging.checks(push.commit_sha)
        assert told["delta-ci (push)"].verdict is Verdict.SUCCESS
    assert len(hanging.shown.checks) == 2 * BURST


def put_aside(bench: CiBench) -> list[dict[str, Any]]:
    answer = bench.http.get("/api/v1/reports", params={"state": "FAILED"})
    return list(answer.raise_for_status().json()["reports"])


def test_a_refused_report_is_put_aside_and_sent_again_when_asked(
    bench: CiBench, link: Link
) -> None:
    linked = link(JOBS)
    linked.forge.fake.revoke_tokens()
    opened = linked.opened(3, {"src/shop.py": "1"})
    run = linked.run_of(opened)
    linked.until_reported(run, ReportState.FAILED)
    (failed,) = [report for report in put_aside(bench) if report["run_id"] == run]
    assert "401" in failed["last_error"]
    assert bench.until_ended(run) == "SUCCEEDED"

    linked.forge.behave()
    assert linked.checks(opened.head_sha) == {}
    bench.post(f"/{run}/report").raise_for_status()
    linked.until_reported(run)
    assert linked.checks(opened.head_sha)["delta-ci"].verdict is Verdict.SUCCESS
    assert len(linked.comments(3)) == 1
    assert run not in {report["run_id"] for report in put_aside(bench)}


@contextmanager
def away(forge: LiveForge) -> Iterator[None]:
    forge.go_down()
    yield
    forge.come_back()


def test_a_forge_that_was_away_meanwhile_hears_the_outcome(bench: CiBench, link: Link) -> None:
    linked = link({"test": {"steps": [bench.gate("test")]}})
    push = linked.pushed({"src/shop.py": "1"})
    run = linked.run_of(push)
    bench.until_traced("test")
    until(lambda: linked.checks(push.commit_sha), "the forge shows that the run goes on")
    with away(linked.forge):
        bench.open("test")
        assert bench.until_ended(run) == "SUCCEEDED"
    linked.until_reported(run)
    check = linked.checks(push.commit_sha)["delta-ci (push)"]
    assert check.states[-1] == "success"
    assert check.states.count("success") == 1
