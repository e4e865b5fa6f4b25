"""`delta-ci notify`: who is told of what happens."""

import typer

from deltaci.cli.notify import channel
from deltaci.cli.notify.history import history, redeliver
from deltaci.cli.notify.subscriptions import subscribe, subscriptions, unsubscribe

app = typer.Typer(help="Notifications: who is told of what happens.", no_args_is_help=True)
app.add_typer(channel.app, name="channel")
app.command()(subscribe)
app.command()(subscriptions)
app.command()(unsubscribe)
app.command()(history)
app.command()(redeliver)
