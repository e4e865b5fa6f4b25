"""What a person is told about the output of real tools."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deltaci.failures.cause import retry_category
from deltaci.failures.evidence import Evidence, LogWindow
from deltaci.failures.explain import explain

HERE = Path(__file__).parent
CORPUS: dict[str, dict[str, Any]] = tomllib.loads((HERE / "corpus.toml").read_text("utf-8"))
FIRST_LINE = 101


def evidence_of(name: str) -> Evidence:
    case = CORPUS[name]
    log = (HERE / "logs" / f"{name}.log").read_text("utf-8")
    return Evidence(
        job_name=case["job"],
        status="FAILED",
        exit_code=case["exit_code"],
        summary=f"step 2 './check' failed: exit status {case['exit_code']}",
        log=LogWindow(log, FIRST_LINE),
        log_uri="s3://logs/runs/run_1/jobs/job_1/1/log.txt",
    )


def test_every_log_has_an_expectation() -> None:
    assert {path.stem for path in (HERE / "logs").glob("*.log")} == set(CORPUS)


@pytest.mark.parametrize("name", CORPUS)
def test_a_real_failure_is_explained(name: str) -> None:
    case = CORPUS[name]
    told = explain(evidence_of(name))
    assert (told.category, told.confidence, told.summary) == (
        case["category"],
        case["confidence"],
        case["summary"],
    )
    assert [int(number) for number in re.findall(r"\| L(\d+): ", told.details)] == case["lines"]
    assert told.details.startswith("Observed: step 2 './check' failed: exit status ")
    assert told.details.endswith(" | Log: s3://logs/runs/run_1/jobs/job_1/1/log.txt")


@pytest.mark.parametrize("name", CORPUS)
def test_a_retry_rests_on_the_same_category_unless_it_is_a_guess(name: str) -> None:
    told = explain(evidence_of(name))
    guessed = (told.category, told.confidence) == ("USER", "LOW")
    assert retry_category(evidence_of(name)) == ("UNKNOWN" if guessed else told.category)


@pytest.mark.parametrize("name", CORPUS)
def test_the_line_numbers_are_those_of_the_log(name: str) -> None:
    log = (HERE / "logs" / f"{name}.log").read_text("utf-8").split("\n")
    for number, text in re.findall(r"\| L(\d+): ([^|…]{1,20})", explain(evidence_of(name)).details):
        assert text.strip() in " ".join(log[int(number) - FIRST_LINE].split())
