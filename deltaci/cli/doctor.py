"""`delta-ci doctor`: what this machine has, what is missing, and what to do about it."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from deltaci.cli import options, output
from deltaci.cli.exits import ExitCode
from deltaci.cli.text import one_line

if TYPE_CHECKING:
    from deltaci.cli.checkup import Finding

MARKS = {"ok": ("✓", "green"), "absent": ("·", None), "problem": ("✗", "red")}


def doctor(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Check this machine and the connection; exit 1 when something that is needed is missing."""
    from deltaci.cli.checkup import examine  # noqa: PLC0415 - only this command looks around

    findings = list(examine(url, token, data_dir))
    healthy = all(finding.status != "problem" for finding in findings)
    if as_json:
        output.print_json({"healthy": healthy, "findings": [asdict(each) for each in findings]})
    else:
        for finding in findings:
            _print(finding)
    if not healthy:
        raise typer.Exit(ExitCode.FAILED)


def _print(finding: "Finding") -> None:
    mark, color = MARKS[finding.status]
    typer.echo(f"{typer.style(mark, fg=color)} {finding.name:<14} {one_line(finding.found)}")
    if finding.advice:
        typer.echo(f"  {'':<14} {one_line(finding.advice)}")
