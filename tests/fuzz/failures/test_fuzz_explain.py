"""Whatever a repository, a runner or a log says, explaining it ends well and soon."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaci.failures.cause import retry_category
from deltaci.failures.evidence import (
    CacheEvent,
    Evidence,
    LogWindow,
    StepEvidence,
    TestFailure,
)
from deltaci.failures.explain import MAX_DETAILS_CHARS, MAX_SUMMARY_CHARS, explain

TEXT = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(categories=("Cc", "Cf", "Cs", "Zs", "Po"))),
    st.sampled_from(
        [
            "step 1 '",
            "' failed: exit status 99999999999999999999",
            "step 1 'x' killed by signal 9",
            "E   assert 1 == 2\n",
            "FAILED t.py::t - x\n",
            "sh: 1: x: not found\n",
            "a.c:1:1: error: x\n",
            "Error: x\n",
            "-----BEGIN PRIVATE KEY-----\n",
            " | Log: x",
            "🎉" * 300,
        ]
    ),
)
LONG_TEXT = st.lists(TEXT, max_size=6).map("".join)
NUMBER = st.one_of(st.integers(), st.sampled_from([0, 1, 124, 126, 127, 137, -9, 10**5000]))
EVIDENCE = st.builds(
    Evidence,
    job_name=LONG_TEXT,
    status=st.sampled_from(["FAILED", "TIMED_OUT", "CANCELED"]),
    exit_code=st.none() | NUMBER,
    summary=LONG_TEXT,
    attempt_number=NUMBER,
    duration_seconds=NUMBER,
    cache_events=st.lists(
        st.builds(CacheEvent, TEXT, TEXT, st.booleans(), st.booleans()), max_size=3
    ).map(tuple),
    artifact_types=st.lists(TEXT, max_size=3).map(tuple),
    log=st.none() | st.builds(LogWindow, LONG_TEXT, st.integers(1, 10**9), st.booleans()),
    steps=st.lists(
        st.builds(StepEvidence, st.integers(0, 500), TEXT, st.none() | NUMBER), max_size=3
    ).map(tuple),
    tests=st.lists(st.builds(TestFailure, TEXT, TEXT), max_size=4).map(tuple),
    tests_total=NUMBER,
    tests_failed=NUMBER,
    passed_before=st.booleans(),
    lost_leases=NUMBER,
    log_uri=TEXT,
)


@given(EVIDENCE)
@settings(deadline=None, max_examples=300)
def test_any_evidence_gets_a_bounded_explanation(evidence: Evidence) -> None:
    told = explain(evidence)
    assert len(told.summary) <= MAX_SUMMARY_CHARS
    assert len(told.details) <= MAX_DETAILS_CHARS
    assert "\n" not in told.summary + told.details
    assert len(told.signals) == 6
    json.dumps([told.category, told.summary, told.details, told.signals]).encode("utf-8")
    (told.summary + told.details).encode("utf-8")
    assert told.category == retry_category(evidence)


@given(EVIDENCE)
@settings(deadline=None)
def test_the_same_evidence_is_explained_the_same(evidence: Evidence) -> None:
    assert explain(evidence) == explain(evidence)


@pytest.mark.parametrize(
    "unit",
    [
        "a", " ", "\n", "'", "=", ":", "a:", "a/", "error: ", "E   ", "a.py:1: ", "--- FAIL: ",
        "a.c:1:1: error: ", "sh: 1: ", 'exec: "', "dial tcp ", "go: a: ", "make: *** ", "Error",
        "npm error ", "x.y.", "Caused by: ", "\u2716 ", "(1ms)", "FAILED ",
        "test a ... ", "● a \u203a ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("separator", ["", "\n"])
def test_a_hostile_megabyte_is_explained_soon(unit: str, separator: str) -> None:
    text = (unit + separator) * (1_000_000 // len(unit + separator))
    evidence = Evidence(text, "FAILED", 1, summary=text, log=LogWindow(text), log_uri=text)
    began = time.process_time()
    explain(evidence)
    assert time.process_time() - began < 5
