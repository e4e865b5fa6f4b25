"""`delta-ci webhook test`."""

import typer

from deltaci.cli import options
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.output import complain, print_json
from deltaci.cli.stdin import read_secret
from deltaci.client.signing import ping


def try_out(
    *,
    repo: options.RepoName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Deliver an event from which nothing follows, signed by the secret on standard input.

    Exits with 0 when the signature is accepted, so that the same secret is right on the forge.
    """
    client = connect(url, token, data_dir)
    repository = client.repositories.get(repo)
    if "provider" not in repository or "full_name" not in repository:
        complain(f"{repo} has no forge: link it with `delta-ci repo add {repo} --provider …`")
        raise typer.Exit(ExitCode.FAILED)
    provider = repository["provider"]
    call = ping(provider, repository["full_name"], read_secret("Webhook secret"))
    accepted = client.webhooks.send(provider, call)
    if as_json:
        print_json(accepted)
    else:
        typer.echo("accepted: the secret is right, and nothing follows from a test")
