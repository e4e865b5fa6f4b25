"""Whole runs, from the request to the result, on each kind of database."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.waiting import until

JUNIT = """<testsuite tests="2" failures="1"><testcase classname="shop" name="test_total">
<failure message="assert 3 == 4">shop.py:7</failure></testcase><testcase name="ok"/></testsuite>"""

on_each_database = pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)


@on_each_database
def test_jobs_run_in_order_and_leave_what_they_made(bench: CiBench) -> None:
    cache = {"type": "deps", "key": "k1", "paths": ["deps"]}
    repository = bench.repository(
        {
            "build": {
                "steps": ["test -e deps/once && echo warm || echo cold; mkdir -p deps out",
                          "touch deps/once; echo built > out/app.txt"],
                "caches": [cache],
                "artifacts": [{"type": "binary", "path": "out/*.txt"}],
            },
            "test": {"steps": ["echo tested"], "needs": ["build"]},
            "lint": {"steps": ["exit 3"], "policy": {"required": False}},
        }
    )  # fmt: skip
    first = bench.create(repository)
    assert bench.until_ended(first) == "SUCCEEDED"
    second = bench.create(repository)
    assert bench.until_ended(second) == "SUCCEEDED"

    assert bench.states(first) == {"build": "SUCCEEDED", "test": "SUCCEEDED", "lint": "FAILED"}
    jobs = bench.jobs(first)
    assert jobs["build"]["attempts"][0]["completed_at"] <= jobs["test"]["attempts"][0]["started_at"]
    assert "tested" in bench.log(first, "test")
    (artifact,) = [kept for kept in jobs["build"]["artifacts"] if kept["type"] == "binary"]
    assert bench.http.get(urlsplit(artifact["uri"]).path).text == "built\n"
    assert re.search("^cold$", bench.log(first, "build"), re.MULTILINE)
    assert re.search("^warm$", bench.log(second, "build"), re.MULTILINE)


@on_each_database
def test_a_failure_is_explained_by_the_lines_that_tell(bench: CiBench) -> None:
    repository = bench.repository(
        {
            "test": {
                "steps": [
                    f"mkdir reports; echo '{JUNIT}' > reports/junit.xml",
                    "echo collecting; echo 'E   assert 3 == 4'; echo 'shop.py:7: Error'; exit 1",
                ],
                "artifacts": [{"type": "junit", "path": "reports/*.xml"}],
            },
            "deploy": {"steps": [bench.trace("deploy")], "needs": ["test"]},
        }
    )
    run = bench.create(repository)
    assert bench.until_ended(run) == "FAILED"

    assert bench.states(run) == {"test": "FAILED", "deploy": "CANCELED"}
    assert bench.read(run)["run"]["state_reason"]
    jobs = bench.jobs(run)
    assert "needs test" in jobs["deploy"]["job"]["state_reason"]
    assert bench.traces("deploy") == 0
    (explanation,) = jobs["test"]["failure_explanations"]
    assert explanation["category"] == "USER"
    assert explanation["signals"]["exit_code"] == 1
    assert "test_total" in explanation["details"]
    assert "assert 3 == 4" in explanation["details"]


@on_each_database
def test_a_rerun_takes_over_what_needs_no_other_try(bench: CiBench) -> None:
    repository = bench.repository(
        {
            "build": {"steps": [bench.trace("build")]},
            "test": {
                "steps": [f"{bench.trace('test')}; test -e {bench.opened('fixed')}"],
                "needs": ["build"],
            },
            "docs": {"steps": [bench.trace("docs")]},
        }
    )
    original = bench.create(repository)
    assert bench.until_ended(original) == "FAILED"
    bench.open("fixed")

    again = bench.rerun(original, "test")
    assert bench.until_ended(again) == "SUCCEEDED"
    jobs = bench.jobs(again)
    assert set(jobs) == {"build", "test"}
    assert jobs["build"]["job"]["reused_from"]
    assert bench.read(again)["run"]["original_run_id"] == original
    assert (bench.traces("build"), bench.traces("test")) == (1, 2)

    whole = bench.rerun(original)
    assert bench.until_ended(whole) == "SUCCEEDED"
    assert (bench.traces("build"), bench.traces("test")) == (2, 3)
    assert bench.read(original)["run"]["state"] == "FAILED"


def test_a_cause_that_may_pass_is_tried_again_and_another_is_not(bench: CiBench) -> None:
    traced = bench.traced("flaky")
    repository = bench.repository(
        {
            "flaky": {
                "steps": [bench.trace("flaky"), f"test $(wc -l < {traced}) -ge 3 || exit 137"],
                "policy": {"retries": 2},
            },
            "test": {
                "steps": [f"{bench.trace('test')}; echo 'FAILED a.py::test_a - assert 1'; exit 1"],
                "policy": {"retries": 2, "required": False},
            },
        }
    )
    run = bench.create(repository)
    assert bench.until_ended(run) == "SUCCEEDED"
    assert (bench.traces("flaky"), bench.traces("test")) == (3, 1)
    attempts = bench.jobs(run)["flaky"]["attempts"]
    assert [attempt["state"] for attempt in attempts] == ["FAILED", "FAILED", "SUCCEEDED"]


def test_a_job_that_takes_too_long_is_ended_with_all_that_it_started(bench: CiBench) -> None:
    loop = "while :; do sleep 0.05; done"
    step = f"trap '' TERM; (trap '' TERM; {loop}) & echo $! > {bench.traced('child')}; {loop}"
    repository = bench.repository({"test": {"steps": [step], "policy": {"timeout_seconds": 1}}})
    run = bench.create(repository)
    assert bench.until_ended(run) == "FAILED"
    assert bench.states(run) == {"test": "TIMED_OUT"}
    child = Path("/proc", bench.traced("child").read_text().strip())
    until(lambda: not child.exists(), "what the job left behind is gone")


def test_a_run_that_takes_too_long_times_out(bench: CiBench) -> None:
    jobs = {
        "test": {"steps": [bench.gate("test")]},
        "later": {"steps": [bench.trace("later")], "needs": ["test"]},
    }
    run = bench.create(bench.repository(jobs, max_runtime_seconds=2))
    assert bench.until_ended(run) == "TIMEOUT"
    assert bench.states(run) == {"test": "CANCELED", "later": "CANCELED"}
    assert bench.traces("later") == 0


def test_a_newer_run_takes_the_place_of_an_older_one(bench: CiBench) -> None:
    repository = bench.repository({"test": {"steps": [bench.gate("test")]}}, cancel_superseded=True)
    older = bench.create(repository)
    bench.until_traced("test")
    repository.commit({"README": "more"})
    newer = bench.create(repository)
    assert bench.until_ended(older) == "CANCELED"
    assert bench.read(older)["run"]["superseded_by"] == newer
    bench.open("test")
    assert bench.until_ended(newer) == "SUCCEEDED"


def test_runs_beyond_the_limit_wait_in_line_and_none_is_dropped(bench: CiBench) -> None:
    repository = bench.repository({"test": {"steps": [bench.gate("test")]}}, max_concurrency=1)
    first = bench.create(repository)
    bench.until_traced("test")
    others = [bench.create(repository) for _ in range(3)]
    for run in others:
        bench.until_job(run, "test", "CREATED")
    assert bench.cancel(others[1]).status_code == 200
    bench.open("test")
    outcomes = [bench.until_ended(run) for run in (first, *others)]
    assert outcomes == ["SUCCEEDED", "SUCCEEDED", "CANCELED", "SUCCEEDED"]
