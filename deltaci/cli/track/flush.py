"""`delta-ci track flush`."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from deltaci.cli.options import Json
from deltaci.cli.track import options, speech
from deltaci.cli.track.exits import TrackExit, exit_of
from deltaci.cli.track.invocation import Invocation, begin, fail_of_input
from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.event import require_server
from deltaci.tracker.flushing import Flushed
from deltaci.tracker.flushing import flush as flush_spool
from deltaci.tracker.kinds import BUILD
from deltaci.tracker.outcomes import Outcome, Verdict
from deltaci.tracker.posting import Delivery
from deltaci.tracker.spool import BusyError, Spool, SpoolError

POLL_SECONDS = 0.1


def flush(
    *,
    ctx: typer.Context,
    spool: options.Spool = "",
    api_url: options.ApiUrl = "",
    api_key: options.ApiKey = "",
    fail_on_api_error: options.FailOnApiError = "",
    deadline_seconds: options.DeadlineSeconds = "",
    retry_pauses_seconds: options.RetryPausesSeconds = "",
    config: options.Config = "",
    verbose: options.Verbose = False,
    debug: options.Debug = False,
    as_json: Json = False,
) -> None:
    """Send the events that a spool keeps, in their order and each once."""
    given = locals()
    try:
        exit_code = _flush(given)
    except InvalidInputError as error:
        fail_of_input(ctx, error)
        exit_code = TrackExit.FAILED
    except SpoolError as error:
        speech.tell(f"✗ {error}")
        exit_code = TrackExit.FAILED
    raise typer.Exit(exit_code)


def _flush(given: Mapping[str, Any]) -> TrackExit:
    invocation = begin(BUILD, given)
    tolerant = invocation.tolerant
    if not (folder := invocation.settings.text("spool")):
        raise InvalidInputError("spool is required (--spool or VERSIONER_SPOOL)")
    require_server(invocation.settings)
    flushed = _send_all(invocation, Spool(Path(folder).expanduser()))
    if invocation.as_json:
        speech.say_json({"sent": flushed.sent, "left": flushed.left, "set_aside": flushed.aside})
    else:
        speech.say(f"{flushed.sent} sent, {flushed.left} left, {flushed.aside} set aside")
    if flushed.worst is None:
        return TrackExit.FAILED if flushed.aside and not tolerant else TrackExit.OK
    return exit_of(flushed.worst, tolerant=tolerant)


def _send_all(invocation: Invocation, spool: Spool) -> Flushed:
    server, patience = invocation.server(), invocation.patience
    until = time.monotonic() + patience.deadline_seconds

    def send(delivery: Delivery) -> Outcome:
        left = until - time.monotonic()
        if left <= 0:
            return Outcome(Verdict.UNAVAILABLE, "the deadline has passed")
        return invocation.send(delivery, server, replace(patience, deadline_seconds=left))

    def tell(file: Path, reason: str) -> None:
        speech.tell(f"✗ {file.name}: {reason}")

    if not spool.entries():
        return Flushed()
    with _holding(spool, until):
        return flush_spool(spool, send, tell)


@contextmanager
def _holding(spool: Spool, until: float) -> Iterator[None]:
    """Wait for our turn; raises BusyError when it does not come in time."""
    while True:
        try:
            with spool.flushing():
                yield
                return
        except BusyError:
            if time.monotonic() >= until:
                raise
        time.sleep(POLL_SECONDS)
