"""`delta-ci route`: the recipe by which a service is deployed to an environment."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.catalog.view import ServiceName, show_fields, show_rows
from deltaci.cli.connection import connect

app = typer.Typer(
    help="Routes: the recipe by which a service is deployed to an environment.",
    no_args_is_help=True,
)

ToEnvironment = Annotated[
    str, typer.Argument(metavar="ENVIRONMENT", help="Name of the environment.")
]
ByRecipe = Annotated[str, typer.Argument(metavar="RECIPE", help="Id of the recipe.")]


@app.command("list")
def list_all(
    *,
    service: ServiceName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List every environment with the service's recipe there, or none."""
    rows = connect(url, token, data_dir).catalog.routes(service)
    show_rows(rows, ("environment_id", "recipe_id", "lifecycle_state"), as_json=as_json)


@app.command("set")
def set_(
    *,
    service: ServiceName,
    environment: ToEnvironment,
    recipe: ByRecipe,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Deploy a service to an environment by this recipe. Repeating it changes nothing."""
    route = connect(url, token, data_dir).catalog.set_route(service, environment, recipe)
    show_fields(route, as_json=as_json)


@app.command()
def remove(
    *,
    service: ServiceName,
    environment: ToEnvironment,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Deploy a service to an environment no more."""
    connect(url, token, data_dir).catalog.remove_route(service, environment)
    output.tell_removed(f"{service} {environment}", as_json=as_json)
