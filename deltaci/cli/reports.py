"""`delta-ci report`: what forges were told about runs."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.text import one_line
from deltaci.client.shapes import Report

app = typer.Typer(help="Reports: what forges were told about runs.", no_args_is_help=True)


@app.command("list")
def list_all(
    *,
    state: Annotated[str, typer.Option(help="Only reports in this state, such as FAILED.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List reports, of the newest runs first."""
    page = connect(url, token, data_dir).reports.page(state, limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    for report in page["reports"]:
        typer.echo(_line(report))
    if "next_cursor" in page:
        output.note(f"more: --cursor {page['next_cursor']}")


@app.command()
def resend(
    *,
    run_id: options.RunId,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Have the run's forge told everything anew."""
    report = connect(url, token, data_dir).reports.resend(run_id)
    if as_json:
        output.print_json(report)
    else:
        typer.echo(_line(report))


def _line(report: Report) -> str:
    fields = (
        report["run_id"],
        report["provider"],
        report["state"],
        report.get("reported_state", ""),
        report.get("last_error", ""),
    )
    return "  ".join(one_line(field) for field in fields if field)
