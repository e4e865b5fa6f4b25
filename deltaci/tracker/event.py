"""From settings to an event: validation in the contract's order (spec §2.4)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deltaci.tracker.addresses import without_credentials
from deltaci.tracker.booleans import parse_boolean
from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.kinds import DEPLOYMENT, Kind
from deltaci.tracker.metadata import merge

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_ADDRESSES = ("scm_repository", "build_url", "deploy_url")
_COPIED = (
    *("source_system", "build_number", "scm_sha", "scm_branch", "scm_repository"),
    *("invoke_id", "built_by", "built_by_email", "built_by_name"),
    *("deployed_by", "deployed_by_email", "deployed_by_name", "started_at", "completed_at"),
)
"""Settings that the wire calls the same."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one invocation, resolved: flag > variable > file > CI > default."""

    values: Mapping[str, Any]
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the CI says beyond them, for `extra_metadata`."""

    def text(self, name: str) -> str:
        """A setting, or nothing."""
        return str(self.values.get(name) or "")

    def flag(self, name: str) -> bool:
        """A boolean setting, false when unset; raises InvalidInputError when it is none."""
        return parse_boolean(name, self.text(name)) if self.text(name) else False


def check(kind: Kind, settings: Settings, *, sending: bool = True) -> dict[str, Any]:
    """Return the event's body, or raise InvalidInputError with the first fault.

    Without `sending`, server and key may be missing.
    """
    _require(settings, "product", "--product or VERSIONER_PRODUCT, or a CI that names a repository")
    if kind is DEPLOYMENT:
        _require(settings, "environment", "--environment or VERSIONER_ENVIRONMENT")
    _require(settings, "version", "--version or VERSIONER_VERSION, or a CI that names a commit")
    if sending:
        require_server(settings)
    for name in ("started_at", "completed_at"):
        _check_time(name, settings.text(name))
    return _body(kind, settings)


def encode(body: Mapping[str, Any]) -> str:
    """The body as JSON text. What no encoding has, such as halves of characters, becomes `?`."""
    text = json.dumps(body, ensure_ascii=False)
    return json.dumps(json.loads(text.encode("utf-8", "replace")))


def require_server(settings: Settings) -> None:
    """Raise InvalidInputError unless there are a key and an address."""
    _require(settings, "api_key", "VERSIONER_API_KEY, or api_key in a configuration file")
    _require(settings, "api_url", "--api-url or VERSIONER_API_URL: the server's address")


def _require(settings: Settings, name: str, how: str) -> None:
    if not settings.text(name).strip():
        raise InvalidInputError(f"{name.replace('_', ' ')} is required ({how})")


def _check_time(name: str, text: str) -> None:
    if not text:
        return
    try:
        valid = bool(_RFC_3339.fullmatch(text) and datetime.fromisoformat(text.upper()))
    except ValueError:
        valid = False
    if not valid:
        raise InvalidInputError(
            f"{name.replace('_', ' ')} is not RFC 3339, such as 2025-10-23T10:00:00Z: {text!r}"
        )


def _body(kind: Kind, settings: Settings) -> dict[str, Any]:
    values = {
        "product_name": settings.text("product"),
        "version": settings.text("version"),
        "environment_name": settings.text("environment"),
        "status": settings.text("status"),
        **{name: settings.text(name) for name in _COPIED},
        **dict.fromkeys(kind.link_fields, settings.text(kind.link)),
    }
    body: dict[str, Any] = {name: value for name, value in values.items() if value}
    for name in body.keys() & set(_ADDRESSES):
        body[name] = without_credentials(body[name])
    if kind is DEPLOYMENT and settings.flag("skip_preflight_checks"):
        body["skip_preflight_checks"] = True
    if metadata := merge(settings.metadata, settings.values.get("extra_metadata")):
        body["extra_metadata"] = metadata
    return body
