"""`delta-ci approve`: sign something off, or reject it."""

from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.governance_words import ApprovalType
from deltaci.cli.text import one_line

app = typer.Typer(help="Sign something off, or reject it.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Sign something off, or reject it."""


@app.command("version")
def approve_version(
    *,
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="Whose version.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Which version.")],
    kind: Annotated[ApprovalType, typer.Option("--type", help="Which sign-off.")],
    environment: Annotated[str, typer.Option(help="Only for there. Default: everywhere.")] = "",
    comment: Annotated[str, typer.Option(help="What to say with it.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Reject it instead, for good.")] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Sign a version off, in a role that may do so for this type."""
    rules = connect(url, token, data_dir).rules
    version_id = rules.version_id(product, version)
    if version_id is None:
        output.complain(f"{product} {version} is not known")
        raise typer.Exit(ExitCode.REFUSED)
    said = {
        "approval_type": kind,
        "verdict": "rejected" if reject else "approved",
        "comments": comment,
    }
    if environment:
        said["environment_name"] = environment
    stored = rules.sign_off(version_id, said)
    if as_json:
        output.print_json(stored)
        return
    fields = (f"{product} {version}", stored["approval_type"], stored["verdict"])
    typer.echo("  ".join(one_line(str(field)) for field in fields))
