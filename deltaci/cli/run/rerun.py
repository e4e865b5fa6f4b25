"""`delta-ci run rerun`."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.run.watch import follow


def rerun(
    *,
    run_id: options.RunId,
    job: Annotated[
        list[str] | None,
        typer.Option(help="Only this job and what it needs; repeat for several. Default: all."),
    ] = None,
    key: options.Key = "",
    wait: options.Wait = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Run the same commit again, as a new run. Prints the new run's id."""
    client = connect(url, token, data_dir)
    accepted = client.runs.rerun(run_id, jobs=job or (), key=key)
    if wait:
        raise typer.Exit(follow(client, accepted["run_id"], as_json=as_json))
    if as_json:
        output.print_json(accepted)
    else:
        typer.echo(accepted["run_id"])
        output.note(f"follow it with: delta-ci run watch {accepted['run_id']}")
