"""`delta-ci run create`."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.run.watch import follow


def create(
    *,
    repo: options.RepoName,
    ref: Annotated[
        str, typer.Option(help="Branch, tag or commit. Default: the repository's branch.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; shown with the run.")] = "manual",
    key: options.Key = "",
    wait: options.Wait = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Create a run. Prints its id; with --wait, follows it to its end."""
    client = connect(url, token, data_dir)
    wanted = ref or client.repositories.get(repo)["default_branch"]
    accepted = client.runs.create(repo, wanted, reason=reason, key=key)
    if wait:
        raise typer.Exit(follow(client, accepted["run_id"], as_json=as_json))
    if as_json:
        output.print_json(accepted)
    else:
        typer.echo(accepted["run_id"])
        output.note(f"follow it with: delta-ci run watch {accepted['run_id']}")
