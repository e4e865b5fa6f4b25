"""`delta-ci track status`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from deltaci.cli.options import Json
from deltaci.cli.track import options, speech
from deltaci.cli.track.exits import TrackExit
from deltaci.cli.track.invocation import begin, fail_of_input
from deltaci.tracker.addresses import without_credentials
from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.kinds import BUILD
from deltaci.tracker.spool import Spool, SpoolError


def status(
    *,
    ctx: typer.Context,
    spool: options.Spool = "",
    api_url: options.ApiUrl = "",
    api_key: options.ApiKey = "",
    config: options.Config = "",
    verbose: options.Verbose = False,
    debug: options.Debug = False,
    as_json: Json = False,
) -> None:
    """Show what would be used here: the CI that was found, the files, the server, the spool."""
    try:
        found = _found(locals())
    except (InvalidInputError, SpoolError) as error:
        fail_of_input(ctx, error)
        raise typer.Exit(TrackExit.FAILED) from error
    if as_json:
        speech.say_json(found)
        return
    for name, value in found.items():
        speech.say(f"{name}: {_shown(value)}")


def _found(given: Mapping[str, Any]) -> Mapping[str, Any]:
    invocation = begin(BUILD, given)
    settings = invocation.settings
    folder = settings.text("spool")
    kept = Spool(Path(folder).expanduser()).entries() if folder else []
    return {
        "source_system": invocation.detected.source_system,
        **{name: settings.text(name) or None for name in ("product", "version", "scm_sha")},
        "config_files": [str(each) for each in invocation.config.files],
        "api_url": without_credentials(settings.text("api_url")) or None,
        "api_key_is_set": bool(settings.text("api_key")),
        "spool": folder or None,
        "kept_events": len(kept),
    }


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
