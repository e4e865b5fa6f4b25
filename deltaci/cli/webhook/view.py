"""How what became of a delivery is shown."""

import typer

from deltaci.cli import output
from deltaci.cli.text import one_line
from deltaci.client.shapes import WebhookAccepted


def show_accepted(accepted: WebhookAccepted, *, as_json: bool) -> None:
    """Print what became of it: its run, or why there is none."""
    if as_json:
        output.print_json(accepted)
        return
    why = accepted.get("run_id") or accepted.get("reason") or ""
    typer.echo(one_line(f"{accepted['outcome']} {why}"))
