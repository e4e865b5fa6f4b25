"""The failing step's output as clean, numbered, bounded lines."""

from collections.abc import Collection
from dataclasses import dataclass

from deltaci.failures.evidence import LogWindow
from deltaci.failures.redaction import redact

MAX_CHARS = 262_144
MAX_LINES = 5_000
"""Only this much of a window is looked at, from its end."""
MAX_LINE_CHARS = 500
"""Patterns see this much of a line; no diagnostic needs more."""
NOTE_PREFIX = "[delta-ci] "
"""Begins the lines that our runner adds to a log; they say nothing about the program."""
FINAL_LINES = 40
"""A tool that fails is among the last to speak: only so many lines can name the cause."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log, redacted, without control characters."""

    number: int
    text: str


def read_lines(log: LogWindow | None, secrets: Collection[str] = ()) -> tuple[Line, ...]:
    """Return the window's lines that are not blank, with their numbers in the whole log."""
    if log is None:
        return ()
    kept = log.text[-MAX_CHARS:]
    first = log.first_line_number + log.text.count("\n", 0, len(log.text) - len(kept))
    texts = redact(kept, secrets).split("\n")
    fragment = len(texts) > 1 and (log.truncated or len(kept) < len(log.text))
    lines = tuple(
        Line(first + index, text[:MAX_LINE_CHARS].rstrip())
        for index, text in enumerate(texts)
        if text.strip() and not text.startswith(NOTE_PREFIX) and not (fragment and index == 0)
    )
    return lines[-MAX_LINES:]
