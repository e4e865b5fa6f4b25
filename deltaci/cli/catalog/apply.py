"""`delta-ci apply`."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.catalog.read_file import UnusableFileError, read_file
from deltaci.cli.catalog.view import show_difference
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode


def apply(
    *,
    file: Annotated[
        str, typer.Option("--file", "-f", help="The catalog's file; `-` is standard input.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Make services, environments, groups, recipes and routes what a file says, all or nothing.

    What the file leaves out stays as it is. Applying it again changes nothing. A recipe's secret
    is the value of the variable that its `secret_env` names.
    """
    try:
        document = read_file(file)
    except UnusableFileError as error:
        for fault in error.faults:
            output.complain(fault)
        raise typer.Exit(ExitCode.FAILED) from error
    catalog = connect(url, token, data_dir).catalog
    show_difference(
        catalog.compare(document) if dry_run else catalog.apply(document), as_json=as_json
    )
