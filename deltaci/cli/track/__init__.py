"""`delta-ci track`: tell a server of the Versioner contract what was built and deployed."""

import typer

from deltaci.cli.track.build import build
from deltaci.cli.track.deployment import deployment
from deltaci.cli.track.flush import flush
from deltaci.cli.track.reading import TrackCommand, TrackGroup
from deltaci.cli.track.status import status

app = typer.Typer(
    cls=TrackGroup,
    help="Track builds and deployments of any CI, after the Versioner contract.",
    no_args_is_help=True,
)
app.command("build", cls=TrackCommand)(build)
app.command("deployment", cls=TrackCommand)(deployment)
app.command("flush", cls=TrackCommand)(flush)
app.command("status", cls=TrackCommand)(status)
