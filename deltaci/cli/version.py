"""`delta-ci version`."""

import platform
from importlib import metadata

import typer

from deltaci.cli import options, output


def version(*, as_json: options.Json = False) -> None:
    """Print the version."""
    found = metadata.version("delta-ci")
    if as_json:
        output.print_json({"version": found, "python": platform.python_version()})
    else:
        typer.echo(f"delta-ci {found} (Python {platform.python_version()})")
