"""`delta-ci token`: access tokens."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.offline_tokens import OfflineTokens
from deltaci.identity.roles import Role

app = typer.Typer(help="Access tokens.", no_args_is_help=True)

MAX_TTL_MINUTES = 90 * 24 * 60


@app.callback()
def group() -> None:
    """Access tokens."""


@app.command()
def issue(
    *,
    role: Annotated[list[Role], typer.Option(help="What it may do; repeat for several.")],
    subject: Annotated[str, typer.Option(help="Who it is for; a runner's name for a runner.")],
    label: Annotated[
        list[str] | None,
        typer.Option(help="Only this label counts of a runner's; repeat for several."),
    ] = None,
    repo: Annotated[
        list[str] | None,
        typer.Option(help="Take jobs of this repository only; repeat for several."),
    ] = None,
    ttl_minutes: Annotated[
        int, typer.Option(min=1, max=MAX_TTL_MINUTES, help="Minutes until it expires.")
    ] = 60,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            help="Sign on this machine with DELTA_CI_SIGNING_KEY, or else the data folder's key, "
            "and ask no server: for the first token. Needs the extra `server`.",
        ),
    ] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Sign an access token and print it; it is shown once and stored nowhere."""
    tokens = OfflineTokens(data_dir) if offline else connect(url, token, data_dir).tokens
    issued = tokens.issue(subject, role, ttl_minutes, labels=label or (), repos=repo or ())
    if as_json:
        output.print_json(issued)
    else:
        typer.echo(issued["token"])
