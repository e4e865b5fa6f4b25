"""`delta-ci run`: one file per verb."""

import typer

from deltaci.cli.run.cancel import cancel
from deltaci.cli.run.create import create
from deltaci.cli.run.list import list_runs
from deltaci.cli.run.logs import logs
from deltaci.cli.run.rerun import rerun
from deltaci.cli.run.show import show
from deltaci.cli.run.watch import watch

app = typer.Typer(help="Runs: create, follow, cancel and repeat them.", no_args_is_help=True)
app.command()(create)
app.command("list")(list_runs)
app.command()(show)
app.command()(watch)
app.command()(logs)
app.command()(cancel)
app.command()(rerun)
