"""`delta-ci publisher`: one file per verb."""

import typer

from deltaci.cli.publisher.add import add
from deltaci.cli.publisher.list import list_publishers
from deltaci.cli.publisher.remove import remove
from deltaci.cli.publisher.try_out import try_out

app = typer.Typer(help="CI publishers: whose tokens may register builds.", no_args_is_help=True)
app.command("list")(list_publishers)
app.command()(add)
app.command()(remove)
app.command("test")(try_out)
