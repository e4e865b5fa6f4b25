"""The few lines of a log that a person should see first."""

from deltaci.failures.diagnostics import diagnose
from deltaci.failures.evidence import Evidence
from deltaci.failures.log_lines import Line
from deltaci.failures.outcome import bounded

MAX_EXCERPT_LINES = 4
MAX_SHOWN_CHARS = 120
MAX_NAMED_TESTS = 3
_ELLIPSIS = "…"


def shorten(text: str, limit: int) -> str:
    """Return `text` in one line of at most `limit` characters, ending in `…` when it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + _ELLIPSIS


def error_lines(lines: tuple[Line, ...], first: Line | None = None) -> tuple[Line, ...]:
    """Choose the lines that show what failed, in the order of the log.

    `first` is the line that decided the cause and always belongs to them. The others are the
    best-ranked diagnostics, earliest first, because later errors tend to follow from earlier ones.
    Without any diagnostic the end of the log has to do.
    """
    ranked = [(form.rank, line) for line in lines if (form := diagnose(line.text))]
    ranked.sort(key=lambda entry: (-entry[0], entry[1].number))
    best = [line for _, line in ranked] or list(lines[-2:])
    chosen: dict[str, Line] = {}
    for line in ([first] if first else []) + best:
        chosen.setdefault(line.text.strip(), line)
        if len(chosen) == MAX_EXCERPT_LINES:
            break
    return tuple(sorted(chosen.values(), key=lambda line: line.number))


def show_line(line: Line) -> str:
    """`L12: error: …`, with the number that the line has in the whole log."""
    return f"L{line.number}: {shorten(line.text, MAX_SHOWN_CHARS)}"


def show_tests(evidence: Evidence) -> str:
    """`2 of 14 failed: test_add, test_sub`, or nothing when no report names a failed test."""
    failed = max(bounded(evidence.tests_failed), len(evidence.tests))
    if not failed:
        return ""
    counted = f"{failed} of {max(bounded(evidence.tests_total), failed)} failed"
    names = [shorten(test.name, MAX_SHOWN_CHARS // 2) for test in evidence.tests[:MAX_NAMED_TESTS]]
    more = [f"{failed - len(names)} more"] if names and failed > len(names) else []
    return f"{counted}: {', '.join(names + more)}" if names else counted
