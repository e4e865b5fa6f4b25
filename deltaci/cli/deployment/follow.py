"""Follow a deployment until it ends."""

import time

import typer

from deltaci.cli import output
from deltaci.cli.deployment.view import is_over, line_of, outcome_exit
from deltaci.cli.exits import ExitCode
from deltaci.client.control_plane import ControlPlane
from deltaci.client.dxcp_deployments import Deployment
from deltaci.client.errors import UnreachableError

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
"""How long the server may be away, for a restart, before following gives up."""


def finish(client: ControlPlane, deployment: Deployment, *, wait: bool, as_json: bool) -> None:
    """Show a deployment that was asked for; with `wait`, exit with its outcome once it has one."""
    if wait:
        raise typer.Exit(_follow(client, deployment, as_json=as_json))
    show(deployment, as_json=as_json)


def show(deployment: Deployment, *, as_json: bool) -> None:
    """Print one deployment."""
    if as_json:
        output.print_json(deployment)
    else:
        typer.echo(line_of(deployment))


def _follow(client: ControlPlane, deployment: Deployment, *, as_json: bool) -> ExitCode:
    told = ""
    try:
        while True:
            if not as_json and (line := line_of(deployment)) != told:
                typer.echo(line)
                told = line
            if is_over(deployment):
                break
            time.sleep(POLL_SECONDS)
            deployment = _get(client, deployment["id"])
    except KeyboardInterrupt:
        output.note(f"it goes on; look again with: delta-ci deployment show {deployment['id']}")
        return ExitCode.INTERRUPTED
    if as_json:
        output.print_json(deployment)
    return outcome_exit(deployment)


def _get(client: ControlPlane, deployment_id: str) -> Deployment:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return client.deployments.get(deployment_id)
        except UnreachableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
