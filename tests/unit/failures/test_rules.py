"""The rules of version v2, each with what is just inside and just outside of it."""

from dataclasses import replace

import pytest

from deltaci.failures.cause import retry_category
from deltaci.failures.evidence import Evidence, LogWindow, StepEvidence, TestFailure
from deltaci.failures.explain import explain

FAILED = Evidence("deploy", "FAILED")
UNABLE = "fatal: unable to access 'https://x/':"
PYTEST_FAILED = "FAILED tests/test_a.py::test_add - assert 2 == 3\n"


def verdict(evidence: Evidence) -> str:
    told = explain(evidence)
    guessed = (told.category, told.confidence) == ("USER", "LOW")
    assert retry_category(evidence) == ("UNKNOWN" if guessed else told.category)
    return f"{told.category} {told.confidence}: {told.summary}"


def said(summary: str, job_name: str = "deploy") -> str:
    return verdict(replace(FAILED, summary=summary, job_name=job_name))


def printed(log: str, exit_code: int, job_name: str = "deploy") -> str:
    evidence = Evidence(job_name, "FAILED", exit_code, log=LogWindow(log))
    return verdict(evidence)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence("test", "CANCELED"), "CANCELED HIGH: Canceled before it finished."),
        (Evidence("test", "CANCELED", 137), "CANCELED HIGH: Canceled before it finished."),
        (Evidence("test", "CANCELED", passed_before=True), "CANCELED HIGH: "),
        (Evidence("test", "TIMED_OUT"), "INFRA MEDIUM: Job timed out."),
        (Evidence("test", "TIMED_OUT", 137), "INFRA MEDIUM: Job timed out (exit code 137)."),
        (Evidence("test", "FAILED", 124), "INFRA MEDIUM: Job timed out (exit code 124)."),
        (Evidence("test", "FAILED", 123), "USER MEDIUM: Test step failed (exit code 123)."),
        (Evidence("test", "FAILED", 137), "INFRA HIGH: Killed, most likely for lack of memory"),
        (Evidence("test", "FAILED", -9), "INFRA HIGH: Killed, most likely for lack of memory"),
        (Evidence("test", "FAILED", 136), "USER MEDIUM: Test step failed (exit code 136)."),
        (Evidence("test", "FAILED", -15), "USER MEDIUM: Test step failed (exit code 143)."),
        (Evidence("deploy", "FAILED", 127), "TOOLING MEDIUM: Missing tool (exit code 127)."),
        (Evidence("deploy", "FAILED", 126), "TOOLING MEDIUM: Permission denied (exit code 126)."),
        (Evidence("deploy", "FAILED", lost_leases=1), "INFRA HIGH: Lost its runner once."),
        (Evidence("deploy", "FAILED", lost_leases=6), "INFRA HIGH: Lost its runner 6 times."),
        (Evidence("test", "FAILED", 1, lost_leases=2), "USER MEDIUM: Test step failed"),
        (
            Evidence("deploy", "FAILED", 1),
            "UNKNOWN LOW: Failed for an unknown reason",
        ),
        (Evidence("deploy", "FAILED"), "UNKNOWN LOW: Failed for an unknown reason."),
        (Evidence("test", "FAILED"), "UNKNOWN LOW: Failed for an unknown reason."),
        (Evidence("test", "FAILED", 0), "UNKNOWN LOW: "),
    ],
)
def test_facts_decide(evidence: Evidence, expected: str) -> None:
    assert verdict(evidence).startswith(expected)


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("step 2 'make' failed: exit status 137", "INFRA HIGH: Killed"),
        ("step 2 'make' failed: killed by signal 9", "INFRA HIGH: Killed"),
        ("step 2 'make' killed by signal 9", "INFRA HIGH: Killed"),
        ("step 2 'make' failed: killed by signal 15", "UNKNOWN LOW"),
        ("step 2 'make' timed out after 60s", "INFRA MEDIUM: Job timed out."),
        ("timed out after 60s", "INFRA MEDIUM: Job timed out."),
        ("context deadline exceeded", "INFRA MEDIUM: Job timed out."),
        ("job timeout", "INFRA MEDIUM: Job timed out."),
        ("dial tcp 10.0.0.1:443: i/o timeout", "INFRA HIGH: Network failure."),
        ("net/http: TLS handshake timeout", "INFRA HIGH: Network failure."),
        ("connection refused", "INFRA HIGH: Network failure."),
        ("Temporary failure in name resolution", "INFRA HIGH: Network failure."),
        ("container ran out of memory", "INFRA HIGH: Ran out of memory."),
        ("OOMKilled", "INFRA HIGH: Ran out of memory."),
        ("write /tmp/a: no space left on device", "INFRA HIGH: Ran out of disk space."),
        ("disk full", "INFRA HIGH: Ran out of disk space."),
        ("signal: killed", "INFRA HIGH: Killed"),
        ("killed", "INFRA HIGH: Killed"),
        ("the process was killed", "INFRA HIGH: Killed"),
        ("bash: golangci-lint: command not found", "TOOLING HIGH: Missing tool."),
        ('exec: "go": executable file not found in $PATH', "TOOLING HIGH: Missing tool."),
        ("fork/exec /bin/x: no such file or directory", "TOOLING HIGH: Missing tool."),
        ("fork/exec /bin/x: permission denied", "TOOLING MEDIUM: Permission denied."),
        ("git could not fetch the commit", "INFRA MEDIUM: The commit could not be checked out."),
        ("the runner could not run the job: No such file or directory", "INFRA MEDIUM: The runner"),
        ("the repository has no folder 'killed'", "USER HIGH: The job names a folder"),
        ("exit status 1", "UNKNOWN LOW: Failed for an unknown reason (exit code 1)."),
        ("exited with code 137", "INFRA HIGH: Killed"),
        ("", "UNKNOWN LOW: Failed for an unknown reason."),
    ],
)
def test_the_runner_is_believed(summary: str, expected: str) -> None:
    assert said(summary).startswith(expected)


@pytest.mark.parametrize(
    "summary",
    [
        "step 1 'echo timed out; exit 1' failed: exit status 1",
        "step 1 'timeout=30 ./run' failed: exit status 1",
        "step 1 'grep -c killed log' failed: exit status 1",
        "step 1 'x' timed out after 9s' failed: exit status 1",
        "step 1 'echo 'connection refused'' failed: exit status 1",
        "step 1 'echo\nkilled by signal 9\n' failed: exit status 1",
        "command `out of memory` failed: exit status 1",
        'command "permission denied" failed: exit status 1',
        "timeout=30 failed: exit status 1",
        "test_killed failed: exit status 1",
        "tests/test_timeout.py failed: exit status 1",
        "--timeout 30 failed: exit status 1",
    ],
)
def test_commands_and_names_do_not_steer(summary: str) -> None:
    expected = "UNKNOWN LOW: Failed for an unknown reason (exit code 1)."
    assert said(summary) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lint", "Lint"),
        ("vet", "Lint"),
        ("golint-all", "Lint"),
        ("lint-tests", "Lint"),
        ("test", "Test"),
        ("unit_tests", "Test"),
        ("py311-test", "Test"),
        ("unitTest", "Test"),
        ("build test", "Test"),
        ("build", "Build"),
        ("api/build:linux", "Build"),
        ("contest", None),
        ("testament", None),
        ("attestation", None),
        ("velvet", None),
        ("buildings", None),
        ("splinter", None),
        ("flint", None),
        ("latest", None),
        ("", None),
    ],
)
def test_whole_words_of_the_job_name_tell_the_kind(name: str, expected: str | None) -> None:
    told = verdict(Evidence(name, "FAILED", 1))
    named = f"USER MEDIUM: {expected} step failed (exit code 1)."
    unnamed = "UNKNOWN LOW: Failed for an unknown reason (exit code 1)."
    assert told == (named if expected else unnamed)


def test_the_command_of_the_first_failing_step_is_weak_evidence() -> None:
    steps = (StepEvidence(0, "make build", 0), StepEvidence(1, "go test ./...", 1))
    told = verdict(Evidence("ci", "FAILED", 1, steps=steps))
    assert told == "USER LOW: Test step failed (exit code 1)."


def test_the_exit_code_of_the_failing_step_stands_in() -> None:
    steps = (StepEvidence(0, "true", 0), StepEvidence(1, "x", 137), StepEvidence(2, "y", 1))
    assert "exit code 137" in verdict(Evidence("ci", "FAILED", steps=steps))


@pytest.mark.parametrize(
    ("log", "exit_code", "expected"),
    [
        ("sh: 1: foo: not found\n", 127, "TOOLING HIGH: Missing tool: foo"),
        ("sh: 1: foo: not found\n", 1, "UNKNOWN LOW"),
        ("echo sh: 1: foo: not found\n", 127, "TOOLING MEDIUM: Missing tool ("),
        ("curl: (6) Could not resolve host: x\n", 6, "INFRA HIGH: Network failure"),
        ("curl: (6) Could not resolve host: x\n", 1, "UNKNOWN LOW"),
        ("curl: (22) The requested URL returned error: 404\n", 22, "UNKNOWN LOW"),
        ("curl: (6) x\nmake: *** [Makefile:1: get] Error 6\n", 2, "INFRA HIGH: Network failure"),
        ("curl: (6) x\nmake: *** [Makefile:1: get] Error 6\n", 1, "USER LOW: Step failed"),
        (f"{UNABLE} Could not resolve host: x\n", 128, "INFRA HIGH"),
        (f"{UNABLE} Could not resolve host: x\n", 1, "INFRA MEDIUM"),
        (
            f"{UNABLE} The requested URL returned error: 403\n",
            128,
            "USER",
        ),
        (
            f"{UNABLE} The requested URL returned error: 503\n",
            128,
            "INFRA",
        ),
        ("OSError: [Errno 28] No space left on device: '/x'\n", 1, "INFRA MEDIUM: Ran out of disk"),
        ("no space left on device is what we expect\n", 1, "UNKNOWN LOW"),
        ("fatal error: runtime: out of memory\n", 2, "INFRA MEDIUM: Ran out of memory"),
        ("Killed\n", 1, "UNKNOWN LOW"),
        ("timeout=30\nconnection refused\nout of memory\n", 1, "UNKNOWN LOW"),
        ("Error: boom\n", 1, "USER LOW: Step failed (exit code 1)."),
        ("a.c:3:5: error: expected ';'\n", 1, "USER MEDIUM: Build step failed"),
        ("a.py:1:8: F401 unused\n", 1, "USER MEDIUM: Lint step failed"),
        (PYTEST_FAILED, 1, "USER MEDIUM: Test step failed"),
    ],
)
def test_the_log_counts_in_its_own_shape(log: str, exit_code: int, expected: str) -> None:
    assert printed(log, exit_code).startswith(expected)


@pytest.mark.parametrize(
    "noise",
    [
        "npm error code ECONNREFUSED\n",
        "OSError: [Errno 28] No space left on device\n",
        f"{UNABLE} Could not resolve host: x\n",
        "java.lang.OutOfMemoryError: Java heap space\n",
    ],
)
def test_failed_tests_explain_more_than_what_they_print(noise: str) -> None:
    assert printed(PYTEST_FAILED + noise, 1).startswith("USER MEDIUM: Test step failed")
    reported = Evidence("x", "FAILED", 1, tests=(TestFailure("killed"),), log=LogWindow(noise))
    assert verdict(reported).startswith("USER MEDIUM: Test step failed")


def test_only_the_end_of_the_log_names_a_breakdown() -> None:
    noise = "npm error code ECONNREFUSED\n"
    assert printed(noise + "fine\n" * 39, 1).startswith("INFRA")
    assert not printed(noise + "fine\n" * 40, 1).startswith("INFRA")


def test_a_fragment_of_a_line_has_no_beginning() -> None:
    log = LogWindow("Killed\nthe end\n", truncated=True)
    told = explain(Evidence("x", "FAILED", 3, log=log))
    assert "Killed" not in told.details


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence("test", "FAILED", 1), "FLAKY HIGH: Test step failed, but identical inputs also "),
        (Evidence("deploy", "FAILED", 1), "FLAKY MEDIUM: Failed for an unknown reason, but "),
        (Evidence("test", "TIMED_OUT"), "FLAKY MEDIUM: Job timed out, but identical inputs also "),
        (Evidence("test", "FAILED", 137), "INFRA HIGH: Killed"),
        (Evidence("x", "FAILED", summary="connection refused"), "INFRA HIGH: Network failure."),
        (Evidence("x", "FAILED", summary="command not found"), "TOOLING HIGH: Missing tool."),
    ],
)
def test_passing_on_identical_inputs_makes_it_flaky(evidence: Evidence, expected: str) -> None:
    assert verdict(replace(evidence, passed_before=True)).startswith(expected)
