"""`delta-ci environment`: where versions run."""

from typing import Annotated, Literal

import typer

from deltaci.cli import options, output
from deltaci.cli.catalog.view import EnvironmentName, show_difference, show_fields, show_rows
from deltaci.cli.connection import connect

app = typer.Typer(help="Environments: where versions run.", no_args_is_help=True)

Kind = Literal["dev", "test", "staging", "production", "other"]
Lifecycle = Literal["active", "disabled", "retired"]


@app.command("list")
def list_all(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List environments by name: admins see all, others those of their groups."""
    rows = connect(url, token, data_dir).catalog.environments()
    show_rows(rows, ("id", "kind", "lifecycle_state", "display_name"), as_json=as_json)


@app.command()
def show(
    *,
    name: EnvironmentName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show an environment."""
    show_fields(connect(url, token, data_dir).catalog.environment(name), as_json=as_json)


@app.command("set")
def set_(
    *,
    name: EnvironmentName,
    kind: Annotated[
        Kind | None, typer.Option("--type", help="What it is for. Default: as its name tells.")
    ] = None,
    display_name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is.")] = None,
    lifecycle: Annotated[
        Lifecycle | None, typer.Option(help="Whether it can be deployed to.")
    ] = None,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Add an environment, or change what is given. Repeating it changes nothing."""
    said = {
        "type": kind,
        "display_name": display_name,
        "description": description,
        "lifecycle_state": lifecycle,
    }
    entry = {key: value for key, value in said.items() if value is not None}
    catalog = connect(url, token, data_dir).catalog
    show_difference(catalog.apply({"environments": {name: entry}}), as_json=as_json)


@app.command()
def remove(
    *,
    name: EnvironmentName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Remove an environment that nothing refers to; retire one that was deployed to."""
    connect(url, token, data_dir).catalog.remove_environment(name)
    output.tell_removed(name, as_json=as_json)
