"""The rules, in order: the first that finds a cause decides (rule version v2).

Facts come before words, and words of the runner before words of the log. Nothing here depends on
what was concluded or stored earlier, so that retry decisions can rest on it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from deltaci.failures.breakdowns import (
    EXIT_CODES,
    LOG_SHAPES,
    SAID,
    SHELL_CODES,
    Breakdown,
    LogShape,
)
from deltaci.failures.diagnostics import Kind, diagnose
from deltaci.failures.evidence import Evidence, failing_step
from deltaci.failures.log_lines import FINAL_LINES, Line, read_lines
from deltaci.failures.outcome import Outcome, bounded, read_outcome
from deltaci.failures.verdict import Category, Cause, Confidence

_MAKE_ERROR = re.compile(r"g?make(?:\[\d{1,3}\])?: \*\*\* .{0,300}Error (\d{1,3})$")
_MAKE_EXIT = 2
_NAME_CHARS = 500
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _word(forms: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{forms})(?![a-z])")


_KIND_WORDS = (
    (Kind.LINT, _word("(?:es|go|py|style|type|yaml)?lint(?:er|ing)?|vet|ruff|flake8")),
    (Kind.TEST, _word("(?:unit|py)?tests?(?:ing)?")),
    (Kind.BUILD, _word("(?:re)?builds?|compile")),
)


@dataclass(frozen=True, slots=True)
class _Case:
    evidence: Evidence
    outcome: Outcome
    lines: tuple[Line, ...]
    faults: frozenset[Kind | None]
    """Kinds of the error lines in the log; None stands for those of no certain kind."""


def retry_category(evidence: Evidence) -> Category:
    """The category that a retry decision may rest on: from the evidence alone, by pure rules.

    USER with LOW confidence counts as UNKNOWN here: nothing shows that it would fail again.
    """
    cause = find_cause(evidence, read_lines(evidence.log))
    guessed = cause.category is Category.USER and cause.confidence is Confidence.LOW
    return Category.UNKNOWN if guessed else cause.category


def find_cause(evidence: Evidence, lines: tuple[Line, ...]) -> Cause:
    """Why the attempt failed; `lines` are those of `evidence.log`."""
    found = (diagnose(line.text) for line in lines)
    faults = frozenset(form.kind for form in found if form)
    case = _Case(evidence, read_outcome(evidence), lines, faults)
    cause = next(cause for rule in _RULES if (cause := rule(case)))
    return _flaky(cause) if evidence.passed_before and _may_be_flaky(cause) else cause


def _may_be_flaky(cause: Cause) -> bool:
    """Whether a pass on identical inputs says more than the cause: a certain one stands."""
    return cause.category is not Category.CANCELED and cause.confidence is not Confidence.HIGH


def _flaky(cause: Cause) -> Cause:
    """The job both failed and passed; that its own code did it is likelier when it says so."""
    confidence = Confidence.HIGH if cause.category is Category.USER else Confidence.MEDIUM
    phrase = f"{cause.phrase}, but identical inputs also passed"
    return replace(cause, category=Category.FLAKY, confidence=confidence, phrase=phrase)


def _canceled(case: _Case) -> Cause | None:
    if case.evidence.status != "CANCELED":
        return None
    return Cause(Category.CANCELED, Confidence.HIGH, "Canceled before it finished")


def _timed_out(case: _Case) -> Cause | None:
    return Breakdown.TIMEOUT.cause() if case.outcome.timed_out else None


def _runner_lost(case: _Case) -> Cause | None:
    lost = case.evidence.lost_leases
    if case.outcome.exit_code is not None or lost < 1:
        return None
    lost_times = "once" if lost == 1 else f"{bounded(lost)} times"
    return Cause(Category.INFRA, Confidence.HIGH, f"Lost its runner {lost_times}")


def _exit_code_says(case: _Case) -> Cause | None:
    breakdown = EXIT_CODES.get(case.outcome.exit_code or 0)
    return breakdown.cause() if breakdown else None


def _runner_says(case: _Case) -> Cause | None:
    said = (breakdown for breakdown, words in SAID if words.search(case.outcome.said))
    breakdown = next(said, None)
    return breakdown.cause() if breakdown else None


def _log_and_exit_code_say(case: _Case) -> Cause | None:
    codes = _exit_codes(case)
    return _log_says(case, lambda shape: bool(shape.exits & codes), None)


def _tests_failed(case: _Case) -> Cause | None:
    """Failed tests explain a failure better than anything that they, or others, printed."""
    named = case.evidence.tests or case.evidence.tests_failed > 0
    return _step_failed(Kind.TEST) if named or Kind.TEST in case.faults else None


def _log_alone_says(case: _Case) -> Cause | None:
    return _log_says(case, lambda shape: shape.alone, Confidence.MEDIUM)


def _shell_says(case: _Case) -> Cause | None:
    return SHELL_CODES.get(case.outcome.exit_code or 0)


def _kind_of_step(case: _Case) -> Cause | None:
    if not case.outcome.exit_code and not case.faults:
        return None
    if kind := _named(case.evidence.job_name):
        return _step_failed(kind)
    if kind := next((kind for kind in (Kind.BUILD, Kind.LINT) if kind in case.faults), None):
        return _step_failed(kind)
    step = failing_step(case.evidence.steps)
    kind = _named(step.command) if step else None
    return _step_failed(kind, Confidence.LOW) if kind else None


def _program_found_fault(case: _Case) -> Cause | None:
    if not case.faults:
        return None
    return Cause(Category.USER, Confidence.LOW, "Step failed")


def _unknown(_: _Case) -> Cause | None:
    return Cause(Category.UNKNOWN, Confidence.LOW, "Failed for an unknown reason")


_RULES: tuple[Callable[[_Case], Cause | None], ...] = (
    _canceled,
    _timed_out,
    _runner_lost,
    _exit_code_says,
    _runner_says,
    _log_and_exit_code_say,
    _tests_failed,
    _log_alone_says,
    _shell_says,
    _kind_of_step,
    _program_found_fault,
    _unknown,
)


def _step_failed(kind: Kind, confidence: Confidence = Confidence.MEDIUM) -> Cause:
    return Cause(Category.USER, confidence, f"{kind} step failed")


def _named(name: str) -> Kind | None:
    """The kind that a job's name or a command speaks of, in whole words: `contest` is no test."""
    words = _CAMEL.sub(" ", name[:_NAME_CHARS]).lower()
    return next((kind for kind, pattern in _KIND_WORDS if pattern.search(words)), None)


def _exit_codes(case: _Case) -> set[int]:
    """The step's exit code and, when make wrapped them, those of its recipes."""
    code = case.outcome.exit_code
    codes = {code} if code is not None else set()
    if code == _MAKE_EXIT:
        wrapped = (_MAKE_ERROR.match(line.text) for line in case.lines[-FINAL_LINES:])
        codes |= {int(error[1]) for error in wrapped if error}
    return codes


def _log_says(
    case: _Case, counts: Callable[[LogShape], bool], confidence: Confidence | None
) -> Cause | None:
    """The breakdown that one of the last lines shows, by a shape that counts here."""
    for line in reversed(case.lines[-FINAL_LINES:]):
        for shape in LOG_SHAPES:
            match = shape.pattern.match(line.text) if counts(shape) else None
            if match:
                return _shown(shape.breakdown.cause(confidence), line, match)
    return None


def _shown(cause: Cause, line: Line, match: re.Match[str]) -> Cause:
    name = match.groupdict().get("name")
    named = cause.category is Category.TOOLING and name
    phrase = f"{cause.phrase}: {name}" if named else cause.phrase
    return replace(cause, phrase=phrase, line=line)
