"""Why jobs failed, for people: the telling lines first, what they are based on below."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deltaci.cli.run.view import line_of
from deltaci.cli.text import harmless, one_line
from deltaci.client.shapes import FailureExplanation, Job, RunDetail

if TYPE_CHECKING:
    from rich.text import Text

INDENT = "  "
LOG_LINE = "  │ "


def explanation_lines(detail: RunDetail, width: int) -> Iterator["Text"]:
    """Explain the newest attempt of each job that has an explanation.

    Lines are folded to `width`; 0 leaves them as long as they are, for pipes.
    """
    for entry in detail["jobs"]:
        newest = entry["attempts"][-1]["id"] if entry["attempts"] else ""
        for explanation in entry["failure_explanations"]:
            if explanation["job_attempt_id"] == newest:
                yield line_of("")
                yield from _explained(entry["job"], explanation, width)


def _explained(job: Job, explanation: FailureExplanation, width: int) -> Iterator["Text"]:
    name, summary = one_line(job["name"]), one_line(explanation["summary"])
    heading = line_of(f"✗ {name}: ", "bold red").append(summary, "bold")
    heading.no_wrap = False
    yield heading
    telling, rest = _evidence(explanation.get("details", ""))
    for text in telling:
        yield from _folded(text, LOG_LINE, width)
    certainty = f"{explanation['category']}, {explanation['confidence'].lower()} confidence"
    for text in (*rest, one_line(certainty), f"delta-ci run logs {job['run_id']} {name}"):
        yield from _folded(text, INDENT, width, "dim")


def _evidence(details: str) -> tuple[list[str], list[str]]:
    """Split the contract's bar-separated evidence into lines of the log, and what else is known.

    The log's address is left out: it takes a token, and the command that shows it follows.
    """
    parts = [part for text in details.split(" | ") for part in harmless(text).splitlines()]
    telling = [part for part in parts if _is_log_line(part)]
    rest = [part for part in parts if not _is_log_line(part) and not part.startswith("Log: ")]
    return telling, [part.removeprefix("Observed: ") for part in rest]


def _is_log_line(part: str) -> bool:
    label, colon, _ = part.partition(": ")
    return bool(colon) and label[:1] == "L" and label[1:].isdigit()


def _folded(text: str, indent: str, width: int, style: str = "") -> Iterator["Text"]:
    room = width - len(indent)
    for piece in textwrap.wrap(text, room) if room > 0 else [text]:
        yield line_of(indent, "dim").append(piece, style or None)
