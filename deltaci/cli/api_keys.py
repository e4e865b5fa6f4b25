"""`delta-ci api-key`: what tools report builds and deployments with."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.text import one_line

app = typer.Typer(help="API keys, which tools report with.", no_args_is_help=True)


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which tool it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="A role that it has; repeat for several. Default: `tracker`."),
    ] = None,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Make a key and print it: it is never shown again."""
    created = connect(url, token, data_dir).api_keys.create(name, scope or ())
    if as_json:
        output.print_json(created)
        return
    typer.echo(created["key"])
    output.note(f"id {created['id']}; keep the key where your tool keeps secrets")


@app.command("list")
def list_all(
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List keys, newest first, with when each was used last."""
    page = connect(url, token, data_dir).api_keys.page(limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    for key in page["items"]:
        used = f"used {key['last_used_at']}" if key["last_used_at"] else "never used"
        state = f"revoked {key['revoked_at']}" if key["revoked_at"] else used
        fields = (key["id"], key["name"], ",".join(key["scopes"]), state)
        typer.echo("  ".join(one_line(str(field)) for field in fields))
    if page["next_cursor"]:
        output.note(f"more: --cursor {page['next_cursor']}")


@app.command()
def revoke(
    *,
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id, not the key.")],
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Take a key away: it counts no more, everywhere within seconds."""
    connect(url, token, data_dir).api_keys.revoke(key)
    output.tell_removed(key, as_json=as_json)
