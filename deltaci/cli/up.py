"""`delta-ci up`: the whole stack on this machine."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.exits import ExitCode
from deltaci.cli.text import harmless
from deltaci.local import ports
from deltaci.local.endpoints import Endpoints
from deltaci.local.errors import ChildFailedError, StackError, StopRequested

MAX_PORT = 65535
MAX_RUNNERS = 64


def up(
    *,
    data_dir: Annotated[
        Path,
        typer.Option(
            envvar="DELTA_CI_DATA_DIR", help="Folder for everything that the stack keeps."
        ),
    ] = options.DEFAULT_DATA_DIR,
    api_port: Annotated[
        int, typer.Option(min=0, max=MAX_PORT, help="API; 0 picks a free port.")
    ] = ports.API.port,
    temporal_port: Annotated[
        int, typer.Option(min=0, max=MAX_PORT, help="Temporal; 0 picks a free port.")
    ] = ports.TEMPORAL.port,
    ui_port: Annotated[
        int, typer.Option(min=0, max=MAX_PORT, help="Temporal's Web UI; 0 picks a free port.")
    ] = ports.TEMPORAL_UI.port,
    runners: Annotated[int, typer.Option(min=0, max=MAX_RUNNERS, help="How many runners.")] = 1,
    ready_file: Annotated[
        Path | None,
        typer.Option(
            help="Write addresses and the admin token here once everything answers (mode 0600)."
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Start Temporal, database, API, worker and runners, and keep them until Ctrl-C.

    Everything is kept in the data folder: starting again goes on with unfinished runs. Temporal is
    the embedded server unless TEMPORAL_ADDRESS names another. With --json, what --ready-file holds
    is printed once everything answers.
    """
    from deltaci.local.up import StackOptions, run_stack  # noqa: PLC0415 - only `up` supervises

    asked = StackOptions(data_dir, api_port, temporal_port, ui_port, runners, ready_file)
    story = Story(as_json=as_json)
    try:
        run_stack(asked, story.part_ready, story.serving)
    except StopRequested:
        story.say("stopped; start again to go on where it was")
    except ChildFailedError as error:
        story.failed(error)
        raise typer.Exit(ExitCode.FAILED) from error
    except StackError as error:
        output.complain(f"cannot start: {error}")
        raise typer.Exit(ExitCode.FAILED) from error


class Story:
    """Tells on standard error how the stack comes up, and where it answers."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        """Print one line at once."""
        typer.echo(line, err=True)

    def part_ready(self, name: str) -> None:
        """A part serves."""
        self.say(f"  {typer.style('✓', fg=typer.colors.GREEN)} {name}")

    def serving(self, endpoints: Endpoints) -> None:
        """The whole stack serves."""
        if self._as_json:
            typer.echo(endpoints.as_json())
            sys.stdout.flush()
        self.say(f"ready in {time.monotonic() - self._began:.1f} s")
        self.say(f"  API       {endpoints.api_url}")
        self.say(f"  Temporal  {endpoints.temporal_ui_url or endpoints.temporal_address}")
        self.say(f"  data      {endpoints.data_dir}")
        self.say("Ctrl-C stops it. Next, in another terminal:")
        self.say("  delta-ci repo add NAME --url PATH  and  delta-ci run create NAME --wait")

    def failed(self, error: ChildFailedError) -> None:
        """A part did not start or died."""
        output.complain(str(error))
        if error.log_tail:
            self.say(f"the end of its log ({error.log_path}):")
            for line in harmless(error.log_tail).splitlines():
                self.say(f"  {line}")
