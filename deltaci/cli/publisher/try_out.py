"""`delta-ci publisher test`."""

import json

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.publisher.token_claims import read_claims
from deltaci.cli.stdin import read_secret
from deltaci.cli.text import one_line
from deltaci.client.dxcp_shapes import PublisherTrial, PublisherVerdict

NOT_CHECKED = "the token's signature, times and role were not checked; it stayed on this machine"


def try_out(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Say which publisher the token on standard input belongs to, and why not to others.

    Only its claims are sent, without the signature. Exits with 1 when no publisher admits it.
    """
    client = connect(url, token, data_dir)
    try:
        claims = read_claims(read_secret("Token to test"))
    except ValueError as error:
        raise typer.BadParameter(f"standard input is {error}") from error
    trial = client.publishers.test(claims)
    if as_json:
        output.print_json(trial)
    else:
        output.note(f"its claims: {json.dumps(claims)}")
        _show(trial)
        output.note(NOT_CHECKED)
    if trial["ci_publisher"] is None:
        raise typer.Exit(ExitCode.FAILED)


def _show(trial: PublisherTrial) -> None:
    for verdict in trial["publishers"]:
        typer.echo(one_line(_line(verdict, is_it=verdict["name"] == trial["ci_publisher"])))
    if trial["ci_publisher"] is None:
        typer.echo("no publisher admits this token")


def _line(verdict: PublisherVerdict, *, is_it: bool) -> str:
    if is_it:
        return f"{verdict['name']}: admits it"
    if verdict["matches"]:
        return f"{verdict['name']}: would admit it, but another asks for more"
    return f"{verdict['name']}: does not admit it, because of {', '.join(verdict['unmet'])}"
