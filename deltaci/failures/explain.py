"""Explains one failed attempt. Advisory: what it says changes no state and decides nothing."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from deltaci.failures.cause import find_cause
from deltaci.failures.evidence import Evidence, failing_step
from deltaci.failures.excerpt import (
    SEPARATOR,
    error_lines,
    last_lines,
    shorten,
    show_lines,
    show_tests,
)
from deltaci.failures.log_lines import Line, read_lines
from deltaci.failures.outcome import read_outcome
from deltaci.failures.redaction import redact
from deltaci.failures.signals import read_signals
from deltaci.failures.verdict import Category, Cause, Confidence

RULE_VERSION = "v2"
MAX_SUMMARY_CHARS = 160
MAX_DETAILS_CHARS = 512
MAX_URI_CHARS = 200
_MAX_FIELD_CHARS = 4_000
_LABEL = re.compile(r"\|(?=\s{0,8}(?:Observed|Step|Tests|Log|L\d{1,12}):)")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an attempt failed, ready to be stored: redacted, bounded, safe to encode."""

    category: Category
    summary: str
    confidence: Confidence
    rule_version: str
    signals: dict[str, Any]
    """The six facts of the contract, all always present."""
    details: str
    """`Observed: … | L12: … | Log: …`."""


def explain(evidence: Evidence, secrets: Collection[str] = ()) -> Explanation:
    """Explain a failed attempt; any text is accepted, whatever it contains.

    `secrets` are values that must not appear in the answer, besides those that look like one.
    """
    lines = read_lines(evidence.log, secrets)
    cause = find_cause(evidence, lines)
    return Explanation(
        category=cause.category,
        summary=redact(_summary(evidence, cause), secrets),
        confidence=cause.confidence,
        rule_version=RULE_VERSION,
        signals=read_signals(evidence, secrets),
        details=_details(evidence, lines, cause, secrets),
    )


def _summary(evidence: Evidence, cause: Cause) -> str:
    """The cause as a sentence, in the wording of the contract."""
    code = read_outcome(evidence).exit_code
    shown = code is not None and cause.category is not Category.CANCELED
    ending = f" (exit code {code})." if shown else "."
    return shorten(cause.phrase, MAX_SUMMARY_CHARS - len(ending)) + ending


def _details(
    evidence: Evidence, lines: tuple[Line, ...], cause: Cause, secrets: Collection[str]
) -> str:
    """What was observed, the failed tests, the lines that show it, and where the log is."""
    parts = [f"Observed: {_observed(evidence, secrets)}"]
    if tests := show_tests(evidence):
        parts.append(f"Tests: {redact(tests, secrets)}")
    log = redact(evidence.log_uri[:_MAX_FIELD_CHARS], secrets)
    last = [f"Log: {log}"] if len(log) <= MAX_URI_CHARS and log.split() == [log] else []
    room = MAX_DETAILS_CHARS - len(SEPARATOR.join(parts + last))
    parts += show_lines(_telling_lines(evidence, lines, cause), room)
    return SEPARATOR.join([_LABEL.sub("\N{BROKEN BAR}", part) for part in parts] + last)


def _telling_lines(evidence: Evidence, lines: tuple[Line, ...], cause: Cause) -> tuple[Line, ...]:
    """A cancelled job says nothing about its end, one that ran out of time where it stood."""
    if cause.category is Category.CANCELED:
        return ()
    if read_outcome(evidence).timed_out:
        return last_lines(lines)
    return error_lines(lines, cause.line)


def _observed(evidence: Evidence, secrets: Collection[str]) -> str:
    """The runner's own words; without any, the failing step and how it ended."""
    said = shorten(redact(evidence.summary[:_MAX_FIELD_CHARS], secrets), MAX_SUMMARY_CHARS)
    if said:
        return said
    code = read_outcome(evidence).exit_code
    ending = evidence.status.lower() if code is None else f"exit status {code}"
    step = failing_step(evidence.steps)
    if step is None:
        return ending
    command = shorten(redact(step.command[:_MAX_FIELD_CHARS], secrets), MAX_SUMMARY_CHARS // 2)
    return f"step {step.index + 1} '{command}': {ending}"
