"""`delta-ci deployment proof`: why a version could enter an environment."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from deltaci.cli import options as shared
from deltaci.cli import output
from deltaci.cli.connection import connect
from deltaci.cli.deployment import options
from deltaci.cli.text import one_line

SHORT = 12


def proof(
    *,
    deployment_id: options.DeploymentId,
    in_toto: Annotated[
        bool, typer.Option("--in-toto", help="A signed statement in an envelope, for others.")
    ] = False,
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Walk back from a deployment to the change, and say what of the way is not known."""
    found = connect(url, token, data_dir).deployments.proof(deployment_id, in_toto=in_toto)
    if as_json or in_toto:
        output.print_json(found)
        return
    for line in _lines(found):
        typer.echo(one_line(line))


def _lines(proof: dict[str, Any]) -> Iterator[str]:
    it = proof["deployment"]
    yield f"{it['service']} {it['version']} -> {it['environment']}: {it['state']}"
    yield f"asked by {it['asked_by']}"
    for each in proof["approvals"]:
        yield f"{each['verdict']} by {each['actor']} ({each['role']})"
    if built := proof.get("registration"):
        yield f"registered by {built['ci_publisher']}: {built['artifact_ref']}"
        yield f"built from {built['git_sha'][:SHORT]} of {built['git_branch']}"
    if run := proof.get("run"):
        yield f"by run {run['run_id']}: {run['state']}"
        for job in run["jobs"]:
            yield f"job {job['name']}: {job['state']}, {job['reason']}"
        for job in (run.get("plan") or {}).get("skipped_jobs", []):
            yield f"job {job['name']}: skipped, {job['reason']}"
    for gap in proof["gaps"]:
        yield f"not known: {gap}"
