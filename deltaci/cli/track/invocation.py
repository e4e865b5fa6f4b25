"""One invocation of `delta-ci track`: its settings, and the server that it talks to."""

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer

from deltaci.cli.connection import local_endpoints
from deltaci.cli.options import DEFAULT_DATA_DIR
from deltaci.cli.track import speech
from deltaci.clock import utc_now
from deltaci.tracker.config_file import Config, read_config
from deltaci.tracker.detection import UNKNOWN, Detected, detect
from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.event import Settings
from deltaci.tracker.kinds import Kind
from deltaci.tracker.outcomes import Outcome
from deltaci.tracker.posting import Answer, Delivery, Server
from deltaci.tracker.sending import (
    DEADLINE_SECONDS,
    RETRY_PAUSES_SECONDS,
    Patience,
    Time,
    send,
)
from deltaci.tracker.settings import settings_of

CLOCK = Time(time.monotonic, utc_now, time.sleep)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What was asked for on the command line, and around it."""

    settings: Settings
    config: Config
    detected: Detected
    verbose: bool
    debug: bool
    as_json: bool

    @property
    def tolerant(self) -> bool:
        """Whether an event that cannot be recorded is no failure; raises InvalidInputError."""
        return not self.settings.flag("fail_on_api_error")

    @property
    def on_github(self) -> bool:
        """Whether annotations and a job summary are wanted."""
        return os.environ.get("GITHUB_ACTIONS") == "true"

    @property
    def patience(self) -> Patience:
        """How long to try; raises InvalidInputError."""
        pauses = self.settings.text("retry_pauses_seconds")
        deadline = self.settings.text("deadline_seconds")
        return Patience(
            [_seconds(each) for each in pauses.split(",")] if pauses else RETRY_PAUSES_SECONDS,
            _seconds(deadline) if deadline else DEADLINE_SECONDS,
        )

    def server(self) -> Server:
        """The server; raises InvalidInputError when its address or the key is no such thing."""
        agent = f"delta-ci/{version('delta-ci')}"
        return Server(self.settings.text("api_url"), self.settings.text("api_key").strip(), agent)

    def send(self, delivery: Delivery, server: Server, patience: Patience) -> Outcome:
        """Send a delivery until it is answered, or patience ends."""

        def post(delivery: Delivery, timeout_seconds: float) -> Answer:
            self._show_request(delivery, server)
            answer = server.post(delivery, timeout_seconds)
            self._show_answer(answer)
            return answer

        return send(delivery, post, patience, CLOCK, speech.tell)

    def _show_request(self, delivery: Delivery, server: Server) -> None:
        if not self.debug:
            return
        speech.tell(f"> POST {server.url}{delivery.path}")
        for name, value in server.headers(delivery).items():
            shown = f"Bearer {speech.HIDDEN}" if name == "Authorization" else value
            speech.tell(self._masked(f"> {name}: {shown}"))
        speech.tell(self._masked(f"> {delivery.content}"))

    def _show_answer(self, answer: Answer) -> None:
        if self.debug:
            speech.tell(f"< HTTP {answer.status}")
            text = answer.content[:LONGEST_SHOWN_BYTES].decode("utf-8", "replace")
            speech.tell(self._masked(f"< {text}"))

    def _masked(self, text: str) -> str:
        key = self.settings.text("api_key").strip()
        return text.replace(key, speech.HIDDEN) if key else text


LONGEST_SHOWN_BYTES = 4096


def begin(kind: Kind, given: Mapping[str, Any]) -> Invocation:
    """Read everything that has a say in an invocation; raises InvalidInputError."""
    speech.prepare_streams()
    context: typer.Context = given["ctx"]
    _warn_of_key_on_flag(context)
    config = read_config(
        Path(given["config"]) if given["config"] else None, os.environ.get("HOME"), Path.cwd()
    )
    for name in config.ignored:
        speech.tell(f"⚠ {name} is ignored: a file of the working directory may not set it")
    detected = detect(os.environ)
    settings = settings_of(kind, given, config, detected)
    return Invocation(
        settings=_with_server(settings, detected),
        config=config,
        detected=detected,
        verbose=given["verbose"],
        debug=given["debug"],
        as_json=given["as_json"],
    )


def fail_of_input(context: typer.Context, error: Exception) -> None:
    """Say what is wrong with the command line or what belongs to it."""
    speech.tell(f"Error: {error}")
    typer.echo(context.get_usage(), err=True)
    typer.echo(f"Try '{context.command_path} --help'.", err=True)


def _with_server(settings: Settings, detected: Detected) -> Settings:
    """Without an address and a key, use those of this instance, always both of them.

    Outside of a CI, that is the stack of the working directory, too.
    """
    if settings.text("api_url") or settings.text("api_key"):
        return settings
    url, token = os.environ.get("DELTA_CI_URL"), os.environ.get("DELTA_CI_TOKEN")
    if not (url and token) and detected.source_system == UNKNOWN:
        folder = Path(os.environ.get("DELTA_CI_DATA_DIR") or DEFAULT_DATA_DIR)
        local = local_endpoints(folder)
        url, token = (local.api_url, local.admin_token) if local else (None, None)
    if not (url and token):
        return settings
    return replace(settings, values={**settings.values, "api_url": url, "api_key": token})


def _warn_of_key_on_flag(context: typer.Context) -> None:
    source = context.get_parameter_source("api_key")
    if source is not None and source.name == "COMMANDLINE":
        speech.tell("⚠ An API key on the command line is visible in lists of processes.")
        speech.tell("  Use VERSIONER_API_KEY, or api_key in ~/.versioner/config.yaml.")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise InvalidInputError(f"not a number of seconds: {text!r}")
    return seconds
