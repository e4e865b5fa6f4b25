"""`delta-ci repo`: repositories that runs can be created for."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.stdin import read_secret
from deltaci.cli.text import one_line
from deltaci.client.repositories import ForgeLink
from deltaci.client.shapes import Repository

app = typer.Typer(help="Repositories that runs can be created for.", no_args_is_help=True)


FORGE = "Forge"
PROVIDER = "--provider"

Provider = Annotated[
    Literal["github", "gitlab", "gitea", "bitbucket"] | None,
    typer.Option(PROVIDER, help="Let this forge's webhooks create runs.", rich_help_panel=FORGE),
]
FullName = Annotated[
    str,
    typer.Option(
        help="`owner/name` on the forge. Default: what the URL says.", rich_help_panel=FORGE
    ),
]
SecretFollows = Annotated[
    bool,
    typer.Option(
        "--webhook-secret-stdin",
        help="Read a secret of its webhook from standard input; others still count.",
        rich_help_panel=FORGE,
    ),
]
TokenFollows = Annotated[
    bool,
    typer.Option(
        "--token-stdin",
        help="Read a forge token of its own from standard input: the line after the secret.",
        rich_help_panel=FORGE,
    ),
]


@app.command()
def add(
    *,
    repo: options.RepoName,
    location: Annotated[str, typer.Option("--url", help="Git URL, or a path on this machine.")],
    default_branch: Annotated[str, typer.Option(help="Branch that runs use by default.")] = "main",
    provider: Provider = None,
    full_name: FullName = "",
    secret_follows: SecretFollows = False,
    token_follows: TokenFollows = False,
    server: options.Server = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Register a repository. Repeating it with the same values changes nothing."""
    client = connect(server, token, data_dir)
    link = None
    if provider is not None:
        secret = read_secret("Webhook secret") if secret_follows else ""
        forge_token = read_secret("Forge token") if token_follows else ""
        link = ForgeLink(provider, full_name, secret, forge_token)
    elif full_name or secret_follows or token_follows:
        raise typer.BadParameter("the other options of a forge need it", param_hint=PROVIDER)
    added = client.repositories.add(repo, absolute(location), default_branch, link=link)
    _show(added, as_json=as_json)


@app.command()
def show(
    *,
    repo: options.RepoName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show one repository."""
    _show(connect(url, token, data_dir).repositories.get(repo), as_json=as_json)


@app.command("list")
def list_all(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List all repositories by name."""
    found = list(connect(url, token, data_dir).repositories.all())
    if as_json:
        output.print_json({"repositories": found})
        return
    for repository in found:
        typer.echo(_line(repository))


def absolute(location: str) -> str:
    """Make a relative path absolute; leave URLs and `host:path` as they are."""
    if "://" in location:
        return location
    head, colon, _ = location.partition(":")
    if colon and "/" not in head and not Path(location).exists():
        return location
    return str(Path(location).expanduser().resolve())


def _show(repository: Repository, *, as_json: bool) -> None:
    if as_json:
        output.print_json(repository)
    else:
        typer.echo(_line(repository))


def _line(repository: Repository) -> str:
    fields = [repository["repo_id"], repository["default_branch"], repository["url"]]
    if "provider" in repository and "full_name" in repository:
        fields.append(f"{repository['provider']} {repository['full_name']}")
    return "  ".join(map(one_line, fields))
