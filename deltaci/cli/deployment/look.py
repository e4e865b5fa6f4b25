"""`delta-ci deployment list`, `show` and `timeline`."""

from typing import Annotated

import typer

from deltaci.cli import options as shared
from deltaci.cli import output
from deltaci.cli.connection import connect
from deltaci.cli.deployment import options
from deltaci.cli.deployment.follow import finish
from deltaci.cli.deployment.view import line_of
from deltaci.cli.text import one_line


def list_all(
    *,
    service: Annotated[str, typer.Option(help="Only of this service.")] = "",
    environment: Annotated[str, typer.Option(help="Only to this environment.")] = "",
    state: Annotated[str, typer.Option(help="Only in this state, such as PENDING.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page.")] = "",
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """List deployments, newest first."""
    deployments = connect(url, token, data_dir).deployments
    filters = {"service": service, "environment": environment, "state": state}
    found, more = deployments.page(filters, limit=limit, cursor=cursor)
    if as_json:
        output.print_json({"deployments": found, "next_cursor": more or None})
        return
    for deployment in found:
        typer.echo(line_of(deployment))
    if more:
        output.note(f"more: --cursor {more}")


def show(
    *,
    deployment_id: options.DeploymentId,
    wait: options.Wait = False,
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Show a deployment; with --wait until it ends."""
    client = connect(url, token, data_dir)
    finish(client, client.deployments.get(deployment_id), wait=wait, as_json=as_json)


def timeline(
    *,
    deployment_id: options.DeploymentId,
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Show what has happened to a deployment, as it was recorded."""
    events = connect(url, token, data_dir).deployments.timeline(deployment_id)
    if as_json:
        output.print_json(events)
        return
    for event in events:
        typer.echo(one_line(f"{event['occurredAt']}  {event['label']}  {event['actor']}"))
