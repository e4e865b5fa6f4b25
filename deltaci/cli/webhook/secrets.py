"""`delta-ci webhook secret`: several count at once, so that they can be rotated without a gap."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.stdin import read_secret
from deltaci.cli.text import one_line
from deltaci.client.shapes import WebhookSecret, WebhookSecretList

app = typer.Typer(help="The active secrets of a repository's webhook.", no_args_is_help=True)


@app.command()
def add(
    *,
    repo: options.RepoName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Make the secret on standard input count, beside those that do."""
    client = connect(url, token, data_dir)
    added = client.webhooks.add_secret(repo, read_secret("Webhook secret"))
    if as_json:
        output.print_json(added)
    else:
        typer.echo(_line(added))


@app.command("list")
def list_all(
    *,
    repo: options.RepoName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List those that count, oldest first; what they are is shown to nobody."""
    _show(connect(url, token, data_dir).webhooks.secrets(repo), as_json=as_json)


@app.command()
def remove(
    *,
    repo: options.RepoName,
    secret_id: Annotated[int, typer.Argument(metavar="ID", help="Id in the list.")],
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Let a secret count no more, within a few seconds, and list those that still do."""
    webhooks = connect(url, token, data_dir).webhooks
    webhooks.remove_secret(repo, secret_id)
    _show(webhooks.secrets(repo), as_json=as_json)


def _show(found: WebhookSecretList, *, as_json: bool) -> None:
    if as_json:
        output.print_json(found)
        return
    for secret in found["secrets"]:
        typer.echo(_line(secret))


def _line(secret: WebhookSecret) -> str:
    fields = (str(secret["id"]), secret["created_at"], secret["created_by"])
    return "  ".join(map(one_line, fields))
