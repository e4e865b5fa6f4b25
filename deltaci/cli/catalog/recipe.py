"""`delta-ci recipe`: how deployments are carried out."""

import typer

from deltaci.cli import options, output
from deltaci.cli.catalog.view import RecipeName, show_difference, show_fields, show_rows
from deltaci.cli.connection import connect

app = typer.Typer(
    help="Deploy recipes: how deployments are carried out. A file says them: `delta-ci apply`.",
    no_args_is_help=True,
)


@app.command("list")
def list_all(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List recipes by id."""
    rows = connect(url, token, data_dir).catalog.recipes()
    names = ("id", "recipe_revision", "status", "effective_behavior_summary")
    show_rows(rows, names, as_json=as_json)


@app.command()
def show(
    *,
    recipe: RecipeName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show a recipe; what its engine needs only to admins, its secret to nobody."""
    show_fields(connect(url, token, data_dir).catalog.recipe(recipe), as_json=as_json)


@app.command()
def revisions(
    *,
    recipe: RecipeName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List what a recipe said, the newest first."""
    rows = connect(url, token, data_dir).catalog.recipe_revisions(recipe)
    names = ("recipe_revision", "changed_at", "changed_by", "fingerprint")
    show_rows(rows, names, as_json=as_json)


@app.command()
def deprecate(
    *,
    recipe: RecipeName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Let nothing new be deployed by a recipe. Repeating it changes nothing."""
    catalog = connect(url, token, data_dir).catalog
    catalog.recipe(recipe)
    difference = catalog.apply({"recipes": {recipe: {"status": "deprecated"}}})
    show_difference(difference, as_json=as_json)


@app.command()
def remove(
    *,
    recipe: RecipeName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Remove a recipe that nothing refers to, with all its revisions."""
    connect(url, token, data_dir).catalog.remove_recipe(recipe)
    output.tell_removed(recipe, as_json=as_json)
