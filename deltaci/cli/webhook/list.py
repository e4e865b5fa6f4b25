"""`delta-ci webhook list`."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.text import one_line
from deltaci.client.shapes import Delivery


def list_deliveries(
    *,
    repo: Annotated[str, typer.Option(help="Only deliveries about this repository.")] = "",
    outcome: Annotated[
        str, typer.Option(help="Only deliveries that became this, such as IGNORED.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List what forges delivered and what became of it, newest first."""
    filters = {"repo": repo, "outcome": outcome}
    page = connect(url, token, data_dir).webhooks.deliveries(filters, limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    for delivery in page["deliveries"]:
        typer.echo(_line(delivery))
    if page["next_cursor"]:
        output.note(f"more: --cursor {page['next_cursor']}")


def _line(delivery: Delivery) -> str:
    about = delivery["repo_id"] or delivery["full_name"] or "-"
    number = f"#{delivery['pr_number']}" if delivery["pr_number"] else delivery["ref"]
    fields = (
        delivery["id"],
        delivery["received_at"],
        f"{delivery['provider']} {delivery['event']}",
        f"{about} {number}",
        delivery["outcome"],
        delivery["run_id"] or delivery["reason"],
    )
    return "  ".join(map(one_line, fields)).rstrip()
