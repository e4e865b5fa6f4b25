"""From the bytes of `ci.ai.yaml` to a checked value, or to a message that names the key."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from deltaci.planner.config.document import load_document
from deltaci.planner.config.models import ConfigFile
from deltaci.planner.display import printable
from deltaci.planner.fingerprint import CONFIG_FILE
from deltaci.planner.model import PlanError

_SHOWN_MAX = 5
_PLAIN = {
    "extra_forbidden": "unknown key",
    "missing": "is required",
    "string_type": "must be text; put it in quotes",
}


def load_config(content: bytes) -> ConfigFile:
    """Return the checked configuration. Raises PlanError that names every wrong key by its path."""
    value = load_document(CONFIG_FILE, content)
    if not isinstance(value, dict):
        raise PlanError(f"{CONFIG_FILE}: must be a mapping with `version` and `jobs`")
    try:
        return ConfigFile.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        told = [_told(each) for each in errors[:_SHOWN_MAX]]
        more = len(errors) - len(told)
        raise PlanError(
            f"{CONFIG_FILE}: {'; '.join(told)}{f'; and {more} more' if more else ''}"
        ) from error


def _told(error: ErrorDetails) -> str:
    place = ".".join(_part(each) for each in error["loc"])
    message = _PLAIN.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{place}: {printable(message)}" if place else printable(message)


def _part(place: Any) -> str:
    return "(key)" if place == "[key]" else printable(str(place))
