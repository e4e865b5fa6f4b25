"""`delta-ci deployment cancel`, `approve`, `reject` and `release`."""

from typing import Annotated

import typer

from deltaci.cli import options as shared
from deltaci.cli import output
from deltaci.cli.connection import connect
from deltaci.cli.deployment import options
from deltaci.cli.deployment.follow import finish, show
from deltaci.cli.deployment.view import what_goes_where
from deltaci.cli.text import one_line

Comments = Annotated[str, typer.Option("--comments", "-m", help="Why; kept.")]


def cancel(
    *,
    deployment_id: options.DeploymentId,
    wait: options.Wait = False,
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Ask a deployment to stop. Repeating it is harmless."""
    client = connect(url, token, data_dir)
    finish(client, client.deployments.cancel(deployment_id), wait=wait, as_json=as_json)


def approve(
    *,
    deployment_id: options.DeploymentId,
    comments: Comments = "",
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Approve of somebody else's deployment that waits for it."""
    approved = connect(url, token, data_dir).deployments.approve(
        deployment_id, "approved", comments
    )
    if as_json:
        output.print_json(approved)
    else:
        typer.echo(one_line(f"approved: {what_goes_where(approved)}"))


def reject(
    *,
    deployment_id: options.DeploymentId,
    comments: Comments = "",
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Reject a deployment that waits for approval: it ends."""
    deployments = connect(url, token, data_dir).deployments
    show(deployments.approve(deployment_id, "rejected", comments), as_json=as_json)


def release(
    *,
    service: options.ServiceName,
    environment: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="Where.")],
    reason: Annotated[str, typer.Option(help="Why promotions may come in again.")],
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Let promotions into an environment again that a rollback has pinned."""
    connect(url, token, data_dir).deployments.release(service, environment, reason)
    if as_json:
        output.print_json({"service": service, "environment": environment, "released": True})
    else:
        output.note(f"promotions of {service} may enter {environment} again")
