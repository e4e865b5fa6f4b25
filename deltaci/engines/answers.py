"""What deployers say of their work, in their answers and when they call back."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from deltaci.engines.failures import categorise, failure, presentable
from deltaci.engines.port import EngineState, Execution, Progress

ID_MAX_LENGTH = 255
URL_MAX_LENGTH = 500

_S = EngineState
STATES: Mapping[str, EngineState] = {
    "SUCCEEDED": _S.SUCCEEDED,
    "SUCCESS": _S.SUCCEEDED,
    "FAILED": _S.FAILED,
    "TERMINAL": _S.FAILED,
    "CANCELED": _S.CANCELED,
    "CANCELLED": _S.CANCELED,
    "STOPPED": _S.CANCELED,
}
"""The words that mean an end, in any case; every other word means that work goes on."""


class UnreadableAnswerError(Exception):
    """The answer is not what a deployer says; the message says what is missing."""


def parse_object(body: bytes) -> Mapping[str, Any]:
    """Read a JSON object; an empty body is an empty one. Raises UnreadableAnswerError."""
    if not body.strip():
        return {}
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswerError("it is not JSON") from error
    if not isinstance(said, dict):
        raise UnreadableAnswerError("it is not a JSON object")
    return said


def parse_execution(body: bytes, key: str) -> Execution:
    """Read the answer to an order. An empty one means that our key is the execution's id.

    Raises UnreadableAnswerError.
    """
    said = parse_object(body)
    if not said:
        return Execution(key)
    name, url = said.get("id"), said.get("url")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not 0 < len(name) <= ID_MAX_LENGTH or not name.isprintable():
        raise UnreadableAnswerError("it has no id")
    if name in {".", ".."}:
        raise UnreadableAnswerError("its id would lead elsewhere in an address")
    return Execution(name, url if isinstance(url, str) and _is_link(url) else None)


def parse_progress(
    said: Mapping[str, Any], at: datetime, secrets: Collection[str], *, rollback: bool
) -> Progress:
    """Read how far a deployer is. Raises UnreadableAnswerError when it does not say."""
    word = said.get("state")
    if not isinstance(word, str):
        raise UnreadableAnswerError("it has no state")
    state = STATES.get(word.strip().upper(), EngineState.RUNNING)
    if state is not EngineState.FAILED:
        return Progress(state, detail=presentable(failure_text(said), secrets))
    told = said.get("failure")
    told = told if isinstance(told, dict) else {}
    code, text = str(told.get("code") or ""), failure_text(told) or failure_text(said)
    category = categorise(code, text, rollback=rollback)
    return Progress(state, failure(category, at, text or code, secrets))


def failure_text(said: Mapping[str, Any]) -> str:
    """Return what an answer says in words."""
    for name in ("message", "detail", "error"):
        if isinstance(said.get(name), str):
            return str(said[name])
    return ""


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_credentials = parts.username is not None
    except ValueError:
        return False
    whole = len(url) <= URL_MAX_LENGTH and url.isprintable() and " " not in url
    return (
        whole and parts.scheme in {"http", "https"} and bool(parts.netloc) and not has_credentials
    )
