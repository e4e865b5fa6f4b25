"""`delta-ci deployment …`: look at deployments, steer them, and check their proofs."""

import typer

from deltaci.cli.deployment import look, proof, steer, verify_proof

app = typer.Typer(help="Look at deployments, steer them, check proofs.", no_args_is_help=True)
app.command("list")(look.list_all)
app.command("show")(look.show)
app.command("timeline")(look.timeline)
app.command("cancel")(steer.cancel)
app.command("approve")(steer.approve)
app.command("reject")(steer.reject)
app.command("release")(steer.release)
app.command("proof")(proof.proof)
app.command("verify-proof")(verify_proof.verify_proof)
