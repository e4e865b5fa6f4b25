import pytest

from deltaci.cli.run.explanations import explanation_lines
from deltaci.testing.answers import explanation_answer, job_answer, run_answer

DETAILS = (
    "Observed: step 1 'ruff check .' failed: exit status 3 | Tests: 1 of 2 failed: test_a"
    " | L12: app.py:3:1: F401 `os` imported but unused | L14: Found 1 error."
    " | Log: https://ci.example.test/api/v1/runs/run_1/jobs/lint/logs?attempt=1"
)


def explained(details: str, width: int = 0) -> list[str]:
    job = job_answer("lint", "FAILED")
    job["failure_explanations"] = [
        explanation_answer("lint", "Lint step failed (exit code 3).", details)
    ]
    lines = explanation_lines(run_answer("FAILED", job), width)  # type: ignore[arg-type]  # plain JSON
    return [line.plain for line in lines]


def test_the_telling_lines_come_first() -> None:
    assert explained(DETAILS) == [
        "",
        "✗ lint: Lint step failed (exit code 3).",
        "  │ L12: app.py:3:1: F401 `os` imported but unused",
        "  │ L14: Found 1 error.",
        "  step 1 'ruff check .' failed: exit status 3",
        "  Tests: 1 of 2 failed: test_a",
        "  USER, high confidence",
        "  delta-ci run logs run_1 lint",
    ]


@pytest.mark.parametrize("width", [30, 80, 120])
def test_a_terminal_gets_folded_lines(width: int) -> None:
    lines = explained(DETAILS + " | L99: " + "word " * 60, width)
    assert all(len(line) <= width for line in lines[2:])
    assert sum(line.count("word") for line in lines) == 60


def test_evidence_of_no_known_form_is_shown_as_it_is() -> None:
    assert explained("line 1\nL: x | L1x: y\x1b[2J")[2:5] == [
        "  line 1",
        "  L: x",
        "  L1x: y\\x1b[2J",
    ]


def test_older_attempts_are_not_explained() -> None:
    job = job_answer("lint")
    job["failure_explanations"] = [explanation_answer("an_older_one", "It failed.", "")]
    detail = run_answer("SUCCEEDED", job)
    assert list(explanation_lines(detail, 0)) == []  # type: ignore[arg-type]  # plain JSON
