"""`delta-ci deployment …`: what can be asked about deployments."""

import typer

from deltaci.cli.deployment import verify_proof

app = typer.Typer(help="Check what is known of deployments.", no_args_is_help=True)
app.command("verify-proof")(verify_proof.verify_proof)
