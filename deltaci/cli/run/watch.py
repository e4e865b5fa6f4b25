"""`delta-ci run watch`, and following a run from other commands."""

import itertools
import sys
import time
from collections.abc import Iterator

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode, outcome_exit
from deltaci.cli.run import progress
from deltaci.cli.run.view import is_over
from deltaci.client.control_plane import ControlPlane
from deltaci.client.errors import UnreachableError
from deltaci.client.shapes import RunDetail

POLL_FIRST_SECONDS = 0.2
POLL_MAX_SECONDS = 1.5
POLL_GROWTH = 1.1
PATIENCE_SECONDS = 60.0
"""How long the server may be away, for a restart, before following gives up."""


def watch(
    *,
    run_id: options.RunId,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show a run's progress until it ends; exit with its outcome. Ctrl-C leaves it running."""
    raise typer.Exit(follow(connect(url, token, data_dir), run_id, as_json=as_json))


def follow(client: ControlPlane, run_id: str, *, as_json: bool) -> ExitCode:
    """Show a run until it ends and return its outcome; with `as_json`, print only its end."""
    try:
        detail = _show(client, run_id, as_json=as_json)
    except KeyboardInterrupt:
        output.note(f"the run goes on; watch it again with: delta-ci run watch {run_id}")
        return ExitCode.INTERRUPTED
    if as_json:
        output.print_json(detail)
    elif successor := detail["run"].get("superseded_by"):
        output.note(f"superseded by {successor}; watch it with: delta-ci run watch {successor}")
    return outcome_exit(detail["run"]["state"])


def _show(client: ControlPlane, run_id: str, *, as_json: bool) -> RunDetail:
    updates = _updates(client, run_id)
    if as_json:
        return _last(updates)
    if sys.stdout.isatty():
        return progress.live(client, updates)
    return progress.plain(client, updates)


def _updates(client: ControlPlane, run_id: str) -> Iterator[RunDetail]:
    for wait in _waits():
        detail = _get(client, run_id)
        yield detail
        if is_over(detail["run"]):
            return
        time.sleep(wait)


def _get(client: ControlPlane, run_id: str) -> RunDetail:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return client.runs.get(run_id)
        except UnreachableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_MAX_SECONDS)


def _waits() -> Iterator[float]:
    growing = itertools.accumulate(
        itertools.repeat(POLL_GROWTH),
        lambda wait, growth: wait * growth,
        initial=POLL_FIRST_SECONDS,
    )
    return (min(wait, POLL_MAX_SECONDS) for wait in growing)


def _last(updates: Iterator[RunDetail]) -> RunDetail:
    *_, detail = updates
    return detail
