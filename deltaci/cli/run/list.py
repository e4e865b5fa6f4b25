"""`delta-ci run list`."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.run.view import run_line


def list_runs(
    *,
    repo: Annotated[str, typer.Option(help="Only runs of this repository.")] = "",
    ref: Annotated[str, typer.Option(help="Only runs of this ref.")] = "",
    state: Annotated[str, typer.Option(help="Only runs in this state, such as FAILED.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List runs, newest first."""
    filters = {"repo": repo, "ref": ref, "state": state}
    page = connect(url, token, data_dir).runs.page(filters, limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    console = output.console()
    for run in page["runs"]:
        console.print(run_line(run))
    if "next_cursor" in page:
        output.note(f"more: --cursor {page['next_cursor']}")
