"""What tools print when they find fault with the code: which lines show it, and what kind it is."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the failing step was doing, as the summary calls it."""

    LINT = "Lint"
    TEST = "Test"
    BUILD = "Build"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One form of error line, matched from the line's beginning."""

    pattern: re.Pattern[str]
    rank: int
    """3 names the fault and its place, 2 tells more about it, 1 only says that something failed;
    lines of rank 1 are shown only when there is no other."""
    kind: Kind | None = None


def _line(rank: int, pattern: str, kind: Kind | None = None) -> Diagnostic:
    return Diagnostic(re.compile(pattern, re.ASCII), rank, kind)


_PLACE = r"[^\s:()]{1,200}:\d{1,7}(?::\d{1,5})?"

DIAGNOSTICS = (
    # pytest and unittest
    _line(3, r"(?:FAILED|ERROR) \S{1,200}\.py(?:::| - |$)", Kind.TEST),
    _line(2, r"E {2,}\S", Kind.TEST),
    _line(2, r"\S{1,200}\.py:\d{1,7}: (?:\w{1,60}(?:Error|Exception|Failed)|Failed)\b", Kind.TEST),
    _line(1, r"=+ .{0,200}\b\d{1,7} (?:failed|errors?)\b.{0,100} =+$", Kind.TEST),
    _line(3, r"(?:FAIL|ERROR): \w{1,200} \([\w.]{1,300}\)", Kind.TEST),
    _line(1, r"FAILED \((?:failures|errors)=\d", Kind.TEST),
    # go test
    _line(3, r"\s*--- FAIL: \S", Kind.TEST),
    _line(3, r"\s+\S{1,200}_test\.go:\d{1,7}: ", Kind.TEST),
    _line(1, r"FAIL\t\S", Kind.TEST),
    _line(3, r"panic: "),
    # jest, vitest, mocha, node:test
    _line(3, r"\s+● \S.{0,300} \u203a \S", Kind.TEST),
    _line(2, r"\s{2,}(?:Expected|Received)\b.{0,60}: ", Kind.TEST),
    _line(2, r"\s*FAIL +\S{1,200}\.(?:[cm]?[jt]sx?)\b", Kind.TEST),
    _line(1, r"Tests: +\d{1,7} failed", Kind.TEST),
    _line(3, r"\s*\u2716 .{1,300} \(\d{1,9}(?:\.\d{1,9})?ms\)$", Kind.TEST),
    _line(2, r"\s{1,8}AssertionError\b"),
    _line(3, r"\s*not ok \d{1,7} - ", Kind.TEST),
    # rustc and cargo test
    _line(3, r"error\[E\d{4}\]: ", Kind.BUILD),
    _line(3, r"test \S{1,200} \.\.\. FAILED$", Kind.TEST),
    # compilers: gcc, clang, go build, tsc, javac
    _line(3, rf"{_PLACE}: (?:fatal )?error: .*\[[a-z-]{{1,60}}\]$", Kind.LINT),
    _line(3, rf"{_PLACE}: (?:fatal )?error: ", Kind.BUILD),
    _line(3, r"\S{1,200}\(\d{1,7},\d{1,5}\): error TS\d", Kind.BUILD),
    _line(3, rf"{_PLACE} - error TS\d", Kind.BUILD),
    _line(3, r"\S{1,200}\.go:\d{1,7}:\d{1,5}: \S", Kind.BUILD),
    _line(3, r".{0,200}\bundefined reference to ", Kind.BUILD),
    # ruff, flake8, eslint
    _line(3, rf"{_PLACE}: [A-Z]{{1,4}}\d{{2,4}} ", Kind.LINT),
    _line(3, r"[A-Z]{1,4}\d{3,4} (?:\[\*\] )?\S", Kind.LINT),
    _line(2, rf"\s+--> {_PLACE}$"),
    _line(3, r"\s+\d{1,7}:\d{1,5} +error +\S", Kind.LINT),
    _line(1, r"Found \d{1,7} errors?", Kind.LINT),
    # what any program says
    _line(3, r"(?:[\w.]{1,100}\.)?\w{0,60}(?:Error|Exception)(?:: .*)?$"),
    _line(3, r"(?:error|fatal|fatal error|ERROR|FATAL|Error|Fatal):? "),
    _line(2, r"npm (?:ERR!|error) (?!A complete log|code ELIFECYCLE|errno )[A-Za-z]"),
    _line(1, r"g?make(?:\[\d{1,3}\])?: \*\*\* "),
)


def diagnose(text: str) -> Diagnostic | None:
    """The first form that `text` has, or None for a line like any other."""
    return next((form for form in DIAGNOSTICS if form.pattern.match(text)), None)
