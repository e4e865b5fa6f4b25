"""Tracking one event from the command line to its exit code."""

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from deltaci.cli.track import speech
from deltaci.cli.track.conclusion import Attempt, conclude
from deltaci.cli.track.exits import TrackExit
from deltaci.cli.track.invocation import Invocation, begin, fail_of_input
from deltaci.tracker.addresses import without_credentials
from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.event import Settings, check, encode
from deltaci.tracker.kinds import Kind
from deltaci.tracker.outcomes import Verdict
from deltaci.tracker.posting import Delivery
from deltaci.tracker.spool import Spool, SpoolError
from deltaci.tracker.statuses import normalization


def track(kind: Kind, given: Mapping[str, Any]) -> None:
    """Track an event; `given` has the options of the command. Ends with an exit code."""
    try:
        exit_code = _track(kind, given)
    except InvalidInputError as error:
        fail_of_input(given["ctx"], error)
        exit_code = TrackExit.FAILED
    raise typer.Exit(exit_code)


def _track(kind: Kind, given: Mapping[str, Any]) -> TrackExit:
    invocation = begin(kind, given)
    settings = invocation.settings
    body = check(kind, settings, sending=not given["dry_run"])
    tolerant, patience = invocation.tolerant, invocation.patience
    key = settings.text("idempotency_key") or str(uuid.uuid4())
    if not (key.isascii() and key.isprintable()):
        raise InvalidInputError("the idempotency key has characters that no header can carry")
    _say_what_is_known(kind, invocation, body)
    if body.get("skip_preflight_checks"):
        speech.tell("⚠ --skip-preflight-checks is deprecated: an admin sets rules to report only.")
    if given["dry_run"]:
        url = _shown_url(settings) + kind.path
        speech.say_json({"POST": url, "Idempotency-Key": key, "body": body})
        return TrackExit.OK
    server = invocation.server()
    delivery = Delivery(kind.path, encode(body), key)
    kept = _keep(settings.text("spool"), delivery)
    outcome = invocation.send(delivery, server, patience)
    if kept and outcome.verdict is not Verdict.UNAVAILABLE:
        kept = _forget(kept)
    return conclude(invocation, Attempt(kind, body, key, outcome, kept), tolerant=tolerant)


def _keep(folder: str, delivery: Delivery) -> Path | None:
    """Keep the event before it is sent: whatever becomes of this process, it is not lost."""
    if not folder:
        return None
    try:
        return Spool(Path(folder).expanduser()).keep(delivery, time.time_ns())
    except SpoolError as error:
        speech.tell(f"⚠ {error}")
        return None


def _forget(kept: Path) -> Path | None:
    try:
        Spool(kept.parent).remove(kept)
    except SpoolError as error:
        # It will be sent once more, with its key, and change nothing.
        speech.tell(f"⚠ {error}")
    return None


def _shown_url(settings: Settings) -> str:
    return without_credentials(settings.text("api_url").rstrip("/"))


def _say_what_is_known(kind: Kind, invocation: Invocation, body: Mapping[str, Any]) -> None:
    if not invocation.verbose:
        return
    for file in invocation.config.files:
        speech.tell(f"{speech.INFORMATION} Configuration file: {file}")
    status = invocation.settings.text("status")
    if meant := normalization(kind, status):
        speech.tell(
            f"{speech.INFORMATION} Status '{status}' will be normalized to '{meant}' by the API"
        )
    for name in sorted(invocation.detected.too_long):
        speech.tell(
            f"{speech.INFORMATION} {name} of the CI is too long for the contract, and left out"
        )
    for name, value in (
        ("CI system", invocation.detected.source_system),
        ("Product", body["product_name"]),
        ("Environment", body.get("environment_name")),
        ("Version", body["version"]),
        ("Status", body["status"]),
        ("Source system", body.get("source_system")),
        ("Repository", body.get("scm_repository")),
        ("Commit", body.get("scm_sha")),
        ("API URL", _shown_url(invocation.settings)),
    ):
        if value:
            speech.tell(f"  {name}: {value}")
