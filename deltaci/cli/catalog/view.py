"""How things of the catalog, and changes of it, are shown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from deltaci.cli import output
from deltaci.cli.text import one_line
from deltaci.client.dxcp_shapes import CatalogChange, CatalogDifference

EnvironmentName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the environment.")]
GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="Id of the delivery group.")]
RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="Id of the recipe.")]
ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="Name of the service.")]
SHOWN_MAX = 200


def show_rows(rows: Sequence[Mapping[str, Any]], names: Iterable[str], *, as_json: bool) -> None:
    """Print one line for each row, of these keys."""
    if as_json:
        output.print_json(rows)
        return
    keys = list(names)
    for row in rows:
        typer.echo("  ".join(one_line(_text(row.get(key))) or "-" for key in keys))


def show_fields(row: Mapping[str, Any], *, as_json: bool) -> None:
    """Print each key of one thing on its line."""
    if as_json:
        output.print_json(row)
        return
    for name, value in row.items():
        typer.echo(f"{one_line(name)}: {one_line(_text(value))}")


def show_difference(difference: CatalogDifference, *, as_json: bool) -> None:
    """Print what was changed, or would be."""
    if as_json:
        output.print_json(difference)
        return
    for change in difference["changes"]:
        typer.echo(one_line(_line(change)))
    count = len(difference["changes"])
    if not count:
        typer.echo("nothing to change")
    elif difference["applied"]:
        typer.echo(f"applied {count} {_changes(count)}")
    else:
        output.note(f"{count} {_changes(count)}; nothing was written")


def _line(change: CatalogChange) -> str:
    if change["before"] is None:
        return f"+ {change['path']}: {_text(change['after'])}"
    if change["after"] is None:
        return f"- {change['path']}: {_text(change['before'])}"
    return f"~ {change['path']}: {_text(change['before'])} -> {_text(change['after'])}"


def _changes(count: int) -> str:
    return "change" if count == 1 else "changes"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
