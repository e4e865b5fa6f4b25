"""What `delta-ci track` prints. A CI reads commands out of its log: no text of others makes one."""

import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import typer

from deltaci.cli.text import one_line

HIDDEN = "***"
INFORMATION = "\N{INFORMATION SOURCE}"
"""Begins a line that only tells how things are (seed)."""


def prepare_streams() -> None:
    """Print marks such as ✓ as UTF-8, or as something else where the locale has no such marks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def plain(text: str) -> str:
    """Text of others as part of one of our lines."""
    # GitHub finds the older form of its commands anywhere in a line.
    return one_line(text).replace("##[", "## [")


def say(text: str) -> None:
    """Print a line on standard output."""
    _print(text, sys.stdout)


def tell(text: str) -> None:
    """Print a line on standard error."""
    _print(text, sys.stderr)


def tell_json(document: Any) -> None:
    """Print a document on standard error, indented, so that no line begins with text of others."""
    for line in json.dumps(document, indent=2).splitlines():
        typer.echo("  " + line.replace("##[", "#\\u0023["), err=True)


def say_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2).replace("##[", "#\\u0023["))


def _print(text: str, stream: TextIO) -> None:
    indent = text[: len(text) - len(text.lstrip(" "))]
    typer.echo(indent + plain(text), file=stream)
