"""The few lines of a log that a person should see first."""

from deltaci.failures.diagnostics import diagnose
from deltaci.failures.evidence import Evidence
from deltaci.failures.log_lines import Line
from deltaci.failures.outcome import bounded

SEPARATOR = " | "
MAX_EXCERPT_LINES = 4
MAX_LAST_LINES = 2
MAX_SHOWN_CHARS = 150
MAX_NAMED_TESTS = 3
MAX_TEST_NAME_CHARS = 60
_ELLIPSIS = "…"


def shorten(text: str, limit: int) -> str:
    """Return `text` in one line of at most `limit` characters, ending in `…` when it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + _ELLIPSIS


def error_lines(lines: tuple[Line, ...], first: Line | None = None) -> tuple[Line, ...]:
    """Choose the lines that show what failed, the most telling first.

    `first` is the line that decided the cause and always leads. The others are the best-ranked
    diagnostics, earliest first, because later errors tend to follow from earlier ones. Without
    any, the end of the log has to do.
    """
    ranked = [(form.rank, line) for line in lines if (form := diagnose(line.text))]
    telling = [entry for entry in ranked if entry[0] > 1] or ([] if first else ranked)
    best = [line for _, line in sorted(telling, key=lambda entry: (-entry[0], entry[1].number))]
    chosen = [first] if first else []
    chosen += best if chosen or best else last_lines(lines)
    distinct: dict[str, Line] = {}
    for line in chosen:
        distinct.setdefault(line.text.strip(), line)
    return tuple(distinct.values())[:MAX_EXCERPT_LINES]


def last_lines(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """What the step was doing at the end, the last line first."""
    return lines[: -MAX_LAST_LINES - 1 : -1]


def show_lines(lines: tuple[Line, ...], room: int) -> list[str]:
    """`L12: error: …` for as many of the lines as fit in `room`, in the order of the log.

    The numbers are those of the whole log.
    """
    shown: dict[int, str] = {}
    for line in lines:
        text = _clipped(f"L{line.number}: {line.text}")
        room -= len(SEPARATOR) + len(text)
        if room < 0:
            break
        shown[line.number] = text
    return [shown[number] for number in sorted(shown)]


def _clipped(text: str) -> str:
    """`text` in one line; a long one keeps its end, where the reason often stands."""
    line = " ".join(text.split())
    if len(line) <= MAX_SHOWN_CHARS:
        return line
    tail = MAX_SHOWN_CHARS // 3
    return shorten(line, MAX_SHOWN_CHARS - tail) + line[-tail:]


def show_tests(evidence: Evidence) -> str:
    """`2 of 14 failed: test_add, test_sub`, or nothing when no report has a failed test."""
    failed = max(bounded(evidence.tests_failed), len(evidence.tests))
    if not failed:
        return ""
    counted = f"{failed} of {max(bounded(evidence.tests_total), failed)} failed"
    names = [shorten(test.name, MAX_TEST_NAME_CHARS) for test in evidence.tests[:MAX_NAMED_TESTS]]
    more = [f"{failed - len(names)} more"] if names and failed > len(names) else []
    return f"{counted}: {', '.join(names + more)}" if names else counted
