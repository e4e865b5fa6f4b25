"""What the forge shows, as text: checks one per line, comments without their Markdown."""

import re
import textwrap
from typing import Any

from rich.console import Console
from rich.text import Text

WIDTH = 100
MARKS = {"success": "✓", "failure": "✗", "error": "-", "pending": "●"}
STYLES = {"success": "green", "failure": "red", "error": "yellow", "pending": "cyan"}
SKIPPED_SHOWN, COMMENT_SHOWN = 3, 15
MARGIN = "  │ "
PREFIX = "Delta CI: "
"""Begins the description of every check; the names say it already."""
HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
MARKUP = re.compile(r"^#+ |`")


def show_checks(title: str, checks: list[dict[str, Any]]) -> None:
    """Print the checks beside a commit; of skipped ones the first few."""
    width = max(len(check["name"]) for check in checks)
    skipped = [check for check in checks if "SKIPPED" in check["title"]]
    ran = [check for check in checks if check not in skipped]
    _print(_heading(title))
    for check in (*ran, *skipped[:SKIPPED_SHOWN]):
        _print(_check_line(check, width))
    if len(skipped) > SKIPPED_SHOWN:
        _print(Text(f"  … and {len(skipped) - SKIPPED_SHOWN} more skipped", "dim"))


def show_answer(title: str, body: str) -> None:
    """Print a short comment, all of it."""
    room = WIDTH - len(MARGIN)
    _show_lines(title, [part for line in _lines(body) for part in textwrap.wrap(line, room)])


def show_comment(title: str, body: str) -> None:
    """Print how a long comment begins."""
    lines = _lines(body)
    left = len(lines) - COMMENT_SHOWN
    more = [f"… and {left} more lines"] if left > 0 else []
    _show_lines(title, [*lines[:COMMENT_SHOWN], *more])


def _lines(body: str) -> list[str]:
    bare = HIDDEN.sub("", body).splitlines()
    return [MARKUP.sub("", line) for line in bare if line.strip()]


def _show_lines(title: str, lines: list[str]) -> None:
    _print(_heading(title))
    for line in lines:
        _print(Text().append(MARGIN, "dim").append(line))


def _heading(title: str) -> Text:
    return Text(f"\n{title}", "bold")


def _check_line(check: dict[str, Any], width: int) -> Text:
    state, said = check["states"][-1], check["title"].removeprefix(PREFIX)
    mark = Text().append(f"  {MARKS[state]} ", STYLES[state])
    return mark.append(f"{check['name']:<{width}}  ").append(said, "dim")


def _print(text: Text) -> None:
    Console(width=WIDTH).print(text, no_wrap=True, overflow="ellipsis")
