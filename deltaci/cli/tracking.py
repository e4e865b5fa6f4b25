"""`delta-ci matrix`, `history` and `dora`: what runs where, what ran before, how delivery goes."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.text import one_line

NOTHING = "-"
Product = Annotated[str, typer.Option(help="Only this product.")]
Cursor = Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")]


def matrix(
    *,
    product: Annotated[
        list[str] | None, typer.Option(help="Only this product; repeat for several.")
    ] = None,
    environment: Annotated[
        list[str] | None, typer.Option(help="Only this environment; repeat for several.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many products.")] = 50,
    cursor: Cursor = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show which version of each product is in which environment, and where that differs."""
    tracking = connect(url, token, data_dir).tracking
    shown = tracking.matrix(product or (), environment or (), limit=limit, cursor=cursor)
    if as_json:
        output.print_json(shown)
        return
    names = [each["name"] for each in shown["environments"]]
    table = [["", *names, ""]]
    for row in shown["rows"]:
        cells = [_cell(row["cells"].get(name)) for name in names]
        table.append([row["product_name"], *cells, "drifted" if row["drifted"] else ""])
    _print_table([[one_line(text) for text in line] for line in table])
    if shown["next_cursor"]:
        output.note(f"more: --cursor {shown['next_cursor']}")


def history(
    *,
    product: Product = "",
    environment: Annotated[str, typer.Option(help="Only this environment.")] = "",
    version: Annotated[str, typer.Option(help="Only this version.")] = "",
    status: Annotated[str, typer.Option(help="Only this status, such as `failed`.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Cursor = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List deployments, newest first: of a version, to an environment, of a product."""
    query = {
        "product": product,
        "environment": environment,
        "version": version,
        "status": status,
        "limit": limit,
        "cursor": cursor,
    }
    page = connect(url, token, data_dir).tracking.deployments(query)
    if as_json:
        output.print_json(page)
        return
    for row in page["items"]:
        fields = (
            row["deployed_at"] or row["created_at"],
            row["environment_name"],
            row["product_name"],
            row["version"],
            row["status"],
            row["change"] or NOTHING,
            row["deployed_by_name"] or row["deployed_by"] or NOTHING,
        )
        typer.echo("  ".join(one_line(str(field)) for field in fields))
    if page["next_cursor"]:
        output.note(f"more: --cursor {page['next_cursor']}")


def dora(
    *,
    product: Product = "",
    environment: Annotated[
        str, typer.Option(help="Only this environment. Default: all of production.")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days back.")] = 30,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show the four keys of DORA: how often, how fast and how well versions reach production."""
    query = {"product": product, "environment": environment, "days": days}
    keys = connect(url, token, data_dir).tracking.dora(query)
    if as_json:
        output.print_json(keys)
        return
    rate = keys["change_failure_rate"]
    told = {
        "deployments per day": keys["deployments_per_day"],
        "lead time": _hours(keys["lead_time_hours"]),
        "change failure rate": NOTHING if rate is None else f"{rate:.0%}",
        "time to restore": _hours(keys["time_to_restore_hours"]),
    }
    for name, value in told.items():
        typer.echo(f"{name}: {value}")


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return NOTHING
    current, under_way = cell["current"], cell["open"]
    shown = str(current["version"]) if current else NOTHING
    return f"{shown} → {under_way['version']}" if under_way else shown


def _hours(hours: float | None) -> str:
    return NOTHING if hours is None else f"{hours:g} hours"


def _print_table(lines: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        typer.echo("  ".join(padded).rstrip())
