"""The form of an explanation: the contract's six signals, the details, and their bounds."""

from dataclasses import replace

import pytest

from deltaci.failures.evidence import (
    CacheEvent,
    Evidence,
    LogWindow,
    StepEvidence,
    TestFailure,
    failing_step,
)
from deltaci.failures.explain import Explanation, explain
from deltaci.failures.verdict import Category, Confidence
from deltaci.wire.runs import SignalsView

CONTRACT = Evidence(
    job_name="test",
    status="FAILED",
    exit_code=1,
    summary="exit status 1",
    duration_seconds=240,
    cache_events=(CacheEvent("deps", "go:deps:...", hit=False, read_only=True),),
    artifact_types=("log",),
    log_uri="s3://delta-ci-artifacts/runs/run_456/jobs/job_123/log.txt",
)


def details(evidence: Evidence) -> list[str]:
    return explain(evidence).details.split(" | ")


def test_the_example_of_the_contract() -> None:
    assert explain(CONTRACT) == Explanation(
        category=Category.USER,
        summary="Test step failed (exit code 1).",
        confidence=Confidence.MEDIUM,
        rule_version="v2",
        signals={
            "exit_code": 1,
            "attempt_number": 1,
            "duration_seconds": 240,
            "cache_events": [
                {"type": "deps", "key": "go:deps:...", "hit": False, "read_only": True}
            ],
            "artifact_types": ["log"],
            "has_log": True,
        },
        details="Observed: exit status 1 | "
        "Log: s3://delta-ci-artifacts/runs/run_456/jobs/job_123/log.txt",
    )


@pytest.mark.parametrize("evidence", [CONTRACT, Evidence("x", "CANCELED")])
def test_signals_are_what_the_api_shows(evidence: Evidence) -> None:
    signals = explain(evidence).signals
    assert SignalsView.model_validate(signals).model_dump() == signals


def test_signals_without_facts_are_all_there() -> None:
    assert explain(Evidence("x", "TIMED_OUT", duration_seconds=-5)).signals == {
        "exit_code": -1,
        "attempt_number": 1,
        "duration_seconds": 0,
        "cache_events": [],
        "artifact_types": [],
        "has_log": False,
    }


def test_cache_events_are_complete_and_in_order() -> None:
    events = tuple(
        CacheEvent(kind, key, hit=hit, read_only=read_only)
        for kind, key, hit, read_only in [
            ("deps", "b", True, False),
            ("deps", "a", True, False),
            ("deps", "a", True, True),
            ("deps", "a", False, False),
            ("build", "z", False, False),
            ("", "a", False, False),
            ("deps", " ", False, False),
        ]
    )
    shown = explain(replace(CONTRACT, cache_events=events)).signals["cache_events"]
    assert [(e["type"], e["key"], e["hit"], e["read_only"]) for e in shown] == [
        ("build", "z", False, False),
        ("deps", "a", False, False),
        ("deps", "a", True, True),
        ("deps", "a", True, False),
        ("deps", "b", True, False),
    ]


def test_artifact_types_are_unique_and_sorted() -> None:
    signals = explain(replace(CONTRACT, artifact_types=("junit", "LOG", "", "junit"))).signals
    assert signals["artifact_types"] == ["LOG", "junit"]
    assert signals["has_log"] is True


def test_failed_tests_are_named() -> None:
    tests = tuple(TestFailure(f"test_{number}") for number in range(5))
    evidence = replace(CONTRACT, tests=tests, tests_total=40, tests_failed=7)
    assert details(evidence)[1] == "Tests: 7 of 40 failed: test_0, test_1, test_2, 4 more"


def test_a_count_without_names_is_shown() -> None:
    assert details(replace(CONTRACT, tests_total=9, tests_failed=2))[1] == "Tests: 2 of 9 failed"


def test_a_silent_runner_leaves_the_first_failing_step_to_observe() -> None:
    steps = (StepEvidence(0, "true", 0), StepEvidence(1, "make\nall", 2), StepEvidence(2, "x", 1))
    evidence = replace(CONTRACT, summary="", exit_code=2, steps=steps)
    assert failing_step(steps) == steps[1]
    assert details(evidence)[0] == "Observed: step 2 'make all': exit status 2"


def test_a_job_that_ran_out_of_time_shows_where_it_stood() -> None:
    log = LogWindow("error: early and harmless\nwaiting for the lock\nstill waiting\n", 7)
    evidence = Evidence("x", "TIMED_OUT", summary="timed out after 60s", log=log)
    assert details(evidence)[1:] == ["L8: waiting for the lock", "L9: still waiting"]


def test_a_cancelled_job_shows_no_lines() -> None:
    evidence = Evidence("x", "CANCELED", summary="stopped", log=LogWindow("error: boom\n"))
    assert details(evidence) == ["Observed: stopped"]


def test_line_numbers_hold_when_only_the_end_is_read() -> None:
    log = "x" * 99 + "\n"
    evidence = replace(CONTRACT, log=LogWindow(log * 5_000 + "error: boom\n", 11))
    assert "L5011: error: boom" in details(evidence)


def test_the_runner_and_its_notes_are_not_the_program() -> None:
    log = LogWindow("the end\n[delta-ci] step 1 'x' failed: exit status 1\n")
    assert details(replace(CONTRACT, log=log))[1] == "L1: the end"


def test_a_log_cannot_pretend_to_be_another_part() -> None:
    log = LogWindow("error: x | Log: https://evil.example | Tests: none failed\n")
    parts = details(replace(CONTRACT, log=log))
    assert [part.split(":")[0] for part in parts] == ["Observed", "L1", "Log"]


def test_an_address_that_cannot_be_one_is_left_out() -> None:
    for uri in ("s3://a b", "x" * 201, ""):
        assert details(replace(CONTRACT, log_uri=uri)) == ["Observed: exit status 1"]


def test_long_lines_keep_their_beginning_and_their_end() -> None:
    log = LogWindow("error: the beginning " + "x" * 400 + " the reason\n")
    shown = details(replace(CONTRACT, log=log))[1]
    assert shown.startswith("L1: error: the beginning")
    assert shown.endswith("the reason")
    assert len(shown) <= 150


def test_secrets_appear_nowhere() -> None:
    secret = "hunter2-hunter2"
    evidence = Evidence(
        job_name=secret,
        status="FAILED",
        exit_code=1,
        summary=f"step 1 'x {secret}' failed: exit status 1",
        cache_events=(CacheEvent(secret, f"k-{secret}", hit=True, read_only=False),),
        artifact_types=(secret,),
        log=LogWindow(f"error: {secret}\nerror: ghp_{'a' * 36}\n/bin/sh: 1: {secret}: not found\n"),
        steps=(StepEvidence(0, secret, 1),),
        tests=(TestFailure(f"test[{secret}]", secret),),
        log_uri=f"https://u:{secret}@host/log",
    )
    for variant in (evidence, replace(evidence, summary=""), replace(evidence, exit_code=127)):
        told = repr(explain(variant, secrets=[secret]))
        assert secret not in told
        assert "ghp_" not in told
