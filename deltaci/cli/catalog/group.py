"""`delta-ci group`: services of one owner, and their guardrails."""

from typing import Annotated

import typer

from deltaci.cli import options
from deltaci.cli.catalog.view import GroupName, show_difference, show_fields, show_rows
from deltaci.cli.connection import connect

app = typer.Typer(
    help="Delivery groups: services of one owner, and their guardrails.", no_args_is_help=True
)


@app.command("list")
def list_all(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List delivery groups by id."""
    rows = connect(url, token, data_dir).catalog.groups()
    show_rows(rows, ("id", "name", "owner", "services"), as_json=as_json)


@app.command()
def show(
    *,
    group: GroupName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show a delivery group, its guardrails with the defaults."""
    show_fields(connect(url, token, data_dir).catalog.group(group), as_json=as_json)


@app.command()
def environments(
    *,
    group: GroupName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List what a group may do where, in the order of promotions."""
    rows = connect(url, token, data_dir).catalog.bindings(group)
    names = ("environment_id", "order_index", "is_enabled", "guardrails")
    show_rows(rows, names, as_json=as_json)


@app.command("set")
def set_(
    *,
    group: GroupName,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    owner: Annotated[str | None, typer.Option(help="E-mail addresses, with commas.")] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="A service of it; repeat for all of them.")
    ] = None,
    recipe: Annotated[
        list[str] | None, typer.Option(help="A recipe that it may use; repeat for all of them.")
    ] = None,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Add a delivery group, or change what is given. Repeating it changes nothing.

    Guardrails and environments are said in a file: `delta-ci apply`.
    """
    said = {"name": name, "owner": owner, "services": service, "allowed_recipes": recipe}
    entry = {key: value for key, value in said.items() if value not in (None, [])}
    catalog = connect(url, token, data_dir).catalog
    show_difference(catalog.apply({"groups": {group: entry}}), as_json=as_json)
