"""What commands print: JSON for programs, calm text for people."""

import json
import sys
from typing import TYPE_CHECKING, Any

import typer

from deltaci.cli.text import one_line

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "SUCCEEDED": "green",
    "FAILED": "red",
    "PLAN_FAILED": "red",
    "TIMEOUT": "red",
    "TIMED_OUT": "red",
    "CANCELED": "yellow",
    "CANCEL_REQUESTED": "yellow",
    "RUNNING": "cyan",
    "STARTING": "cyan",
    "UPLOADING": "cyan",
}
"""The color of a state; states that wait have none."""


def print_json(document: Any) -> None:
    """Print one JSON document, ASCII only, so that no terminal can be driven by it."""
    typer.echo(json.dumps(document, indent=2))


def console() -> "Console":
    """Standard output for people. Interprets no markup: names may contain brackets."""
    from rich.console import Console  # noqa: PLC0415 - keeps `--json` commands fast

    return Console(markup=False, emoji=False, highlight=False, soft_wrap=not sys.stdout.isatty())


def folding_width(console: "Console") -> int:
    """How wide lines may be on a terminal; 0 in a pipe, where they are not folded."""
    return 0 if console.soft_wrap else console.width


def complain(message: str) -> None:
    """Print a problem on standard error."""
    typer.secho(one_line(message), fg=typer.colors.RED, err=True)


def note(message: str) -> None:
    """Print an aside on standard error, where it disturbs no pipeline."""
    typer.secho(one_line(message), dim=True, err=True)


def tell_removed(name: str, *, as_json: bool) -> None:
    """Say that something is gone."""
    if as_json:
        print_json({"removed": name})
    else:
        note(f"removed {name}")
