"""`delta-ci service`: services that builds are registered for."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.text import one_line
from deltaci.client.dxcp_shapes import Service

app = typer.Typer(help="Services that builds are registered for.", no_args_is_help=True)


@app.command()
def add(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the service.")],
    description: Annotated[str, typer.Option(help="What it is.")] = "",
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="Where its artifacts may be, as `s3://bucket/prefix`; repeat for several. "
            "Default: anywhere."
        ),
    ] = None,
    repository: Annotated[
        list[str] | None,
        typer.Option(help="Whose builds it takes; repeat for several. Default: anybody's."),
    ] = None,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Make a service known. Repeating it with the same values changes nothing."""
    services = connect(url, token, data_dir).services
    added = services.add(
        name, description=description, sources=source or (), repositories=repository or ()
    )
    if as_json:
        output.print_json(added)
    else:
        typer.echo(_line(added))


@app.command("list")
def list_all(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List all services by name."""
    found = connect(url, token, data_dir).services.all()
    if as_json:
        output.print_json(found)
        return
    for service in found["services"]:
        typer.echo(_line(service))


def _line(service: Service) -> str:
    fields = (
        service["service_name"],
        service["description"],
        " ".join(service["allowed_artifact_sources"]),
        " ".join(service["allowed_repositories"]),
    )
    return "  ".join(one_line(field) for field in fields if field)
