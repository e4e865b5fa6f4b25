"""`delta-ci run cancel`."""

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.run.watch import follow


def cancel(
    *,
    run_id: options.RunId,
    wait: options.Wait = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Ask a run to stop. Repeating it is harmless."""
    client = connect(url, token, data_dir)
    accepted = client.runs.cancel(run_id)
    if wait:
        raise typer.Exit(follow(client, run_id, as_json=as_json))
    if as_json:
        output.print_json(accepted)
    else:
        typer.echo(f"{accepted['run_id']} {accepted['state']}")
