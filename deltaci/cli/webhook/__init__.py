"""`delta-ci webhook`: one file per verb, and one for the secrets."""

import typer

from deltaci.cli.webhook import secrets
from deltaci.cli.webhook.list import list_deliveries
from deltaci.cli.webhook.redeliver import redeliver
from deltaci.cli.webhook.try_out import try_out

app = typer.Typer(help="Webhooks: what forges delivered, and what signs it.", no_args_is_help=True)
app.command("list")(list_deliveries)
app.command()(redeliver)
app.command("test")(try_out)
app.add_typer(secrets.app, name="secret")
