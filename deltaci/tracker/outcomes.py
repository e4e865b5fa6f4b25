"""What became of an event: read from the server's answer, which is not trusted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from deltaci.tracker.posting import Answer

SUCCESS = range(200, 300)
SERVER_ERRORS = range(500, 600)
TOO_MANY_REQUESTS = 429
POLICY_REFUSALS = frozenset({409, 423, 428})
LONGEST_MESSAGE = 2000
ERRORS_SHOWN_MAX = 20


class Verdict(Enum):
    """How an attempt to track an event ended."""

    RECORDED = "recorded"
    BLOCKED = "blocked"
    """A rule forbids it: 409, 423, 428."""
    REFUSED = "refused"
    """The server does not take it as it is: any other 4xx, or a redirect to elsewhere."""
    UNAVAILABLE = "unavailable"
    """Nobody knows: no answer, 5xx, 429, or a success without an event."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an invocation."""

    verdict: Verdict
    reason: str
    """For people, without the outcome itself; empty when recorded."""
    status: int | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    """The event when recorded, the explanation when blocked, the answer when refused."""

    def detail(self, name: str) -> str:
        """A text of the document, as its sender wrote it."""
        value = self.document.get(name)
        return str(value)[:LONGEST_MESSAGE] if isinstance(value, str | int | float) else ""


def outcome_of(answer: Answer) -> Outcome:
    """Judge an answer."""
    document = _parse(answer.content)
    if answer.status in SUCCESS:
        return _success(answer.status, document)
    reason = f"HTTP {answer.status}: {_message(document) or 'no explanation'}"
    explanation = document if isinstance(document, dict) else {}
    if answer.status in POLICY_REFUSALS:
        inner = explanation.get("detail")
        explanation = inner if isinstance(inner, dict) else explanation
        return Outcome(Verdict.BLOCKED, reason, answer.status, explanation)
    if answer.status in SERVER_ERRORS or answer.status == TOO_MANY_REQUESTS:
        return Outcome(Verdict.UNAVAILABLE, reason, answer.status, explanation)
    return Outcome(Verdict.REFUSED, reason, answer.status, explanation)


def _success(status: int, document: object) -> Outcome:
    if isinstance(document, dict) and document.get("id"):
        return Outcome(Verdict.RECORDED, "", status, document)
    reason = f"HTTP {status} without an event in it: is this the right address?"
    return Outcome(Verdict.UNAVAILABLE, reason, status)


def _parse(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _message(document: object) -> str:
    """The sentence in an answer: text, a list of faults, or one of the shapes of refusals."""
    found: object = document
    if isinstance(document, dict):
        found = document.get("detail") or document.get("error") or document.get("message")
    if isinstance(found, dict):
        found = found.get("message") or found.get("error")
    if isinstance(found, list):
        found = "; ".join(_fault(each) for each in found[:ERRORS_SHOWN_MAX])
    return found[:LONGEST_MESSAGE] if isinstance(found, str) else ""


def _fault(fault: object) -> str:
    if not isinstance(fault, dict):
        return str(fault)
    place = fault.get("loc")
    parts = place if isinstance(place, list) else []
    named = ".".join(str(part) for part in parts if part != "body")
    return f"{named or 'request'}: {fault.get('msg', 'invalid')}"
