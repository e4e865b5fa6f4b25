"""`delta-ci run rerun`."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.run.watch import follow
from deltaci.client.shapes import RunDetail
from deltaci.states import JobState


def rerun(
    *,
    run_id: options.RunId,
    job: Annotated[
        list[str] | None,
        typer.Option(help="Only this job and what it needs; repeat for several. Default: all."),
    ] = None,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="Only the jobs that did not succeed, and what they need."),
    ] = False,
    key: options.Key = "",
    wait: options.Wait = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Run the same commit again, as a new run. Prints the new run's id."""
    client = connect(url, token, data_dir)
    if failed and job:
        raise typer.BadParameter("it names the jobs itself: leave out --job", param_hint="--failed")
    jobs = unsuccessful(client.runs.get(run_id)) if failed else job or ()
    accepted = client.runs.rerun(run_id, jobs=jobs, key=key)
    if wait:
        raise typer.Exit(follow(client, accepted["run_id"], as_json=as_json))
    if as_json:
        output.print_json(accepted)
    else:
        typer.echo(accepted["run_id"])
        output.note(f"follow it with: delta-ci run watch {accepted['run_id']}")


def unsuccessful(detail: RunDetail) -> list[str]:
    """The names of the jobs that did not succeed; none when the run never had any.

    Ends the command when every job succeeded: there is nothing to run again.
    """
    jobs = [entry["job"] for entry in detail["jobs"]]
    names = [job["name"] for job in jobs if job["state"] != JobState.SUCCEEDED]
    if jobs and not names:
        output.complain(f"every job of {detail['run']['id']} succeeded: nothing to run again")
        raise typer.Exit(ExitCode.FAILED)
    return names
