"""Options that commands about deployments share."""

import uuid
from typing import Annotated

import typer

DeploymentId = Annotated[str, typer.Argument(metavar="DEPLOYMENT", help="Deployment id.")]
ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="Name of the service.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="A registered version.")]
To = Annotated[str, typer.Option("--to", help="Environment.")]
Summary = Annotated[str, typer.Option("--summary", "-m", help="What changes, in a sentence.")]
Recipe = Annotated[str, typer.Option(help="Refuse unless this is the recipe that counts.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Follow it until it ends; exit with its outcome.")
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Only say whether it could go in now, or what is against."),
]
NotNow = Annotated[
    bool,
    typer.Option("--now", help="Be refused rather than wait for a window, a soak or a sign-off."),
]
Override = Annotated[
    str, typer.Option(help="Why refusals that you may override do not count this time; kept.")
]


def key_or_new(key: str) -> str:
    """Return a key for the request: the given one, or one that nobody else has."""
    return key or f"cli-{uuid.uuid4()}"
