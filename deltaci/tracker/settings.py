"""Which value of a setting counts: flag > variable > file > CI detection > default (spec §2.3)."""

from collections.abc import Mapping
from typing import Any

from deltaci.tracker.config_file import Config
from deltaci.tracker.detection import Detected
from deltaci.tracker.event import Settings
from deltaci.tracker.kinds import Kind

NEEDLESS = frozenset({"ctx", "config", "verbose", "debug", "dry_run", "as_json"})
"""Options of an invocation that are no settings."""


def settings_of(
    kind: Kind, given: Mapping[str, Any], config: Config, detected: Detected
) -> Settings:
    """Resolve every setting. `given` has flags and variables; what is empty counts as unset."""
    defaults = {"status": kind.default_status, "fail_on_api_error": "true"}
    values = dict(defaults)
    for layer in (detected.settings(kind), config.values, given):
        values |= {
            name: value
            for name, value in layer.items()
            if name not in NEEDLESS and value is not None and value != ""
        }
    return Settings(values, detected.metadata)
