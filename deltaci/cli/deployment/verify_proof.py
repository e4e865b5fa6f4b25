"""`delta-ci deployment verify-proof`: check a proof offline, against a key that you trust."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deltaci.cli import output
from deltaci.cli.exits import ExitCode
from deltaci.cli.options import Json
from deltaci.cli.text import one_line

FILE_MAX_BYTES = 16 * 1024 * 1024


def verify_proof(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="What `GET /v1/deployments/{id}/proof?format=in-toto` answered.",
            exists=True,
            dir_okay=False,
        ),
    ],
    key: Annotated[
        Path,
        typer.Option(help="The instance's public key, in PEM.", exists=True, dir_okay=False),
    ],
    as_json: Json = False,
) -> None:
    """Check that a proof was signed with this key and not altered, and say what it states.

    No server is asked. A proof with gaps is valid: it says itself what it does not prove.
    """
    from deltaci.dsse import EnvelopeError  # noqa: PLC0415 - slow to load, and only needed here

    try:
        statement = _opened(file, key)
    except (EnvelopeError, ValueError) as error:
        output.complain(f"not valid: {error}")
        raise typer.Exit(ExitCode.FAILED) from error
    if as_json:
        output.print_json(statement)
        return
    for line in _lines(statement):
        typer.echo(one_line(line))


def _opened(file: Path, key: Path) -> Any:
    from deltaci.dsse import EnvelopeError, load_public_key, open_envelope  # noqa: PLC0415 - as above
    from deltaci.wire.proof import PREDICATE_TYPE, STATEMENT_TYPE  # noqa: PLC0415 - as above

    if file.stat().st_size > FILE_MAX_BYTES:
        raise EnvelopeError(f"the file has more than {FILE_MAX_BYTES} bytes")
    try:
        envelope = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise EnvelopeError("the file is no DSSE envelope") from error
    _type, payload = open_envelope(load_public_key(key.read_text()), envelope)
    statement = json.loads(payload)
    if (statement.get("_type"), statement.get("predicateType")) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise EnvelopeError("the envelope holds something else than a deployment's proof")
    return statement


def _lines(statement: Any) -> list[str]:
    proof = statement["predicate"]
    deployment = proof["deployment"]
    lines = ["valid: signed with this key"]
    lines.append(
        f"{deployment['service']} {deployment['version']} to {deployment['environment']}: "
        f"{deployment['state']}, asked by {deployment['asked_by']} at {deployment['asked_at']}"
    )
    for subject in statement["subject"]:
        digests = " ".join(f"{name}:{value}" for name, value in subject["digest"].items())
        lines.append(f"artifact: {subject['name']} {digests}")
    if "run" in proof:
        lines.append(f"made by: {proof['run']['run_id']} of {proof['run']['repo_id']}")
    lines += [f"{each['verdict']}: {each['actor']}" for each in proof["approvals"]]
    return lines + [f"gap: {gap}" for gap in proof["gaps"]]
