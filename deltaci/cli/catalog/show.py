"""`delta-ci catalog`."""

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect

app = typer.Typer(help="The catalog: what is deployed where, and how.", no_args_is_help=True)


@app.callback()
def catalog() -> None:
    """The catalog: what is deployed where, and how."""


@app.command()
def show(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Print the whole catalog as YAML that `delta-ci apply` takes. Secrets are not in it."""
    import yaml  # noqa: PLC0415 - slow to load, and only this command writes any

    exported = connect(url, token, data_dir).catalog.export()
    if as_json:
        output.print_json(exported)
    else:
        typer.echo(yaml.safe_dump(exported, sort_keys=True), nl=False)
