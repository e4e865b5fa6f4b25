"""`delta-ci db`: the server's database; needs the extra `server` and the server's settings."""

from typing import Annotated

import typer

from deltaci.cli import options, output

app = typer.Typer(help="The server's database.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The server's database."""


@app.command()
def upgrade(
    *,
    database_url: Annotated[
        str, typer.Option(help="SQLAlchemy URL. Default: the one in the server's settings.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Bring the database to the newest schema. Repeating it changes nothing."""
    from deltaci.settings import Settings  # noqa: PLC0415 - server code, for this command only
    from deltaci.store.migrate import upgrade as migrate  # noqa: PLC0415

    migrate(database_url or Settings().resolved_database_url)
    if as_json:
        output.print_json({"upgraded": True})
    else:
        typer.echo("the database has the newest schema")
