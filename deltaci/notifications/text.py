"""What people are told: a template's placeholders filled in, as plain text.

A placeholder is a name of a fixed list between braces; there is nothing else in a template that
means anything, and what a value contains is never looked at for placeholders. Values come from
outside: they stand on one line, bounded, with nothing invisible in them.
"""

import re
from collections.abc import Mapping
from typing import Any

from deltaci.errors import InvalidRequestError
from deltaci.notifications.payload import moment, said
from deltaci.reports.inert import is_safe_link, plain
from deltaci.store.tables import Announcement

VALUE_MAX = 300
TEXT_MAX = 4_000
TITLE_MAX = 200
NOTHING = "-"

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

PLACEHOLDERS: Mapping[str, str] = {
    "event_type": "What happened, as `deployment.completed`.",
    "product": "The product.",
    "version": "Its version.",
    "environment": "Where it was deployed; nothing for builds.",
    "status": "The status: `pending`, `started`, `completed`, `failed` or `aborted`.",
    "deployer": "Who deployed or built it.",
    "commit_sha": "The commit it was built from.",
    "repo_name": "The repository.",
    "source_url": "Where the tool that did it tells more.",
    "error": "What went wrong.",
    "occurred_at": "When, in UTC.",
    "dr_name": "The deployment request.",
    "actor": "Who approved, rejected or changed it.",
    "approval_type": "What was approved, as `qa`.",
    "comments": "What the approver remarked.",
}
"""Every placeholder and what stands in its place."""

_OUTCOMES = {
    "pending": "is waiting",
    "started": "has started",
    "completed": "succeeded",
    "failed": "failed",
    "aborted": "was stopped",
    "preflight_failed": "was refused by a rule",
}
_DECISIONS = {
    "created": "was created",
    "activated": "was activated",
    "deactivated": "was taken back",
    "approved": "was approved",
    "rejected": "was rejected",
    "completed": "is complete",
    "cancelled": "was cancelled",
}


def check_template(template: str) -> None:
    """Raise InvalidRequestError for a placeholder that there is not."""
    unknown = sorted(set(_PLACEHOLDER.findall(template)) - PLACEHOLDERS.keys())
    if unknown:
        raise InvalidRequestError(
            f"unknown placeholder {{{unknown[0]}}}; there are "
            + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        )


def title_of(news: Announcement) -> str:
    """Return one line that says what happened."""
    return plain(_fill(_title(news), news), TITLE_MAX)


def text_of(news: Announcement, template: str) -> str:
    """Return the text of an announcement; an empty template stands for our own."""
    return _fill(template or _details(news), news)[:TEXT_MAX]


def link_of(news: Announcement) -> str:
    """Return where to read more, when that is an address that may be clicked; else nothing."""
    uri = said(news, "source_url") or said(news, "dr_url") or ""
    return uri if isinstance(uri, str) and is_safe_link(uri) else ""


def error_of(news: Announcement) -> str | None:
    """Return what went wrong, where the announcement says so."""
    metadata = news.payload.get("extra_metadata")
    nested = metadata.get("error") if isinstance(metadata, dict) else None
    error = said(news, "error") or said(news, "error_message") or nested
    return str(error) if error else None


def _title(news: Announcement) -> str:
    family, _, kind = news.event_type.partition(".")
    match family:
        case "deployment":
            place = " to {environment}" if news.environment else ""
            return f"Deployment of {{product}} {{version}}{place} {_OUTCOMES.get(kind, kind)}"
        case "build":
            return f"Build of {{product}} {{version}} {_OUTCOMES.get(kind, kind)}"
        case "dr":
            return f"Deployment request {{dr_name}} {_DECISIONS.get(kind, kind)}"
        case "version":
            return "{product} {version} was approved ({approval_type})"
        case _:
            return news.event_type


def _details(news: Announcement) -> str:
    """Our own template: a line for each thing that the announcement says."""
    lines = {
        "By": "deployer",
        "Actor": "actor",
        "Commit": "commit_sha",
        "Repository": "repo_name",
        "Error": "error",
        "Remark": "comments",
        "More": "source_url",
        "Time": "occurred_at",
    }
    values = values_of(news)
    shown = [f"{label}: {{{name}}}" for label, name in lines.items() if values[name] != NOTHING]
    return "\n".join([_title(news), *shown])


def values_of(news: Announcement) -> dict[str, str]:
    """Return what stands in each placeholder's place."""
    known: dict[str, Any] = {
        "event_type": news.event_type,
        "product": news.product,
        "version": news.version,
        "environment": news.environment,
        "status": news.status,
        "occurred_at": moment(news.occurred_at),
        "error": error_of(news),
    }
    return {name: _shown(known.get(name) or said(news, name)) for name in PLACEHOLDERS}


def _fill(template: str, news: Announcement) -> str:
    values = values_of(news)
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def _shown(value: Any) -> str:
    return plain(str(value), VALUE_MAX) if value else NOTHING
