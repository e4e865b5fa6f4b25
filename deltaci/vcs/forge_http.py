"""Calls to one forge's API: to its host only, bounded in time and size, in the port's terms."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from deltaci.outgoing_http import AnswerTooLargeError, exchange, outgoing_client
from deltaci.vcs.port import ForgeGoneError, ForgeRefusedError, ForgeUnavailableError

ANSWER_MAX_BYTES = 4 * 1024 * 1024
COMPLAINT_MAX_LENGTH = 200
WAIT_MAX_SECONDS = 3600.0
"""Longest that we let a forge make us wait before the next try."""
GONE = frozenset({httpx2.codes.NOT_FOUND, httpx2.codes.GONE})
MAY_PASS = frozenset({httpx2.codes.REQUEST_TIMEOUT, httpx2.codes.TOO_MANY_REQUESTS})
SAYS_TOO_FAST = "rate limit"
TOO_FAST_SECONDS = 60.0
"""What GitHub asks us to wait when its secondary limit is hit and no header says how long."""


@dataclass(frozen=True, slots=True)
class ForgeCall:
    """One request; `path` begins with a slash, its parts are quoted by the caller."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    """Among them the credential."""
    body: Any = field(default=None, repr=False)
    """Sent as JSON."""
    params: Mapping[str, str | int] = field(default_factory=dict)


class ForgeHttp:
    """Calls one forge. Redirects are not followed: they could lead a credential elsewhere."""

    def __init__(
        self,
        api_url: str,
        timeout_seconds: float,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._api_url = api_url
        self._timeout_seconds = timeout_seconds
        self._client = outgoing_client(timeout_seconds, transport)

    async def call(self, call: ForgeCall) -> Any:
        """Return the answer's JSON; None for an empty one. Raises the port's errors."""
        try:
            # The client bounds each wait by itself, and so not an answer that comes in drops.
            async with asyncio.timeout(self._timeout_seconds):
                answer = await exchange(self._client, self._request(call), ANSWER_MAX_BYTES)
        except (httpx2.HTTPError, TimeoutError) as error:
            kind = type(error).__name__
            raise ForgeUnavailableError(f"the forge cannot be reached ({kind})") from error
        except AnswerTooLargeError as error:
            said = f"the forge answered more than {ANSWER_MAX_BYTES} bytes"
            raise ForgeRefusedError(said) from error
        if httpx2.codes.is_success(answer.status):
            return _json(answer.body) if answer.body.strip() else None
        body = _without_credentials(answer.body, call.headers)
        raise refusal(answer.status, answer.headers, body)

    async def close(self) -> None:
        """Drop the connections."""
        await self._client.aclose()

    def _request(self, call: ForgeCall) -> httpx2.Request:
        return self._client.build_request(
            call.method,
            f"{self._api_url}{call.path}",
            headers=call.headers,
            params=call.params,
            json=call.body,
        )


def refusal(status: int, headers: httpx2.Headers, body: bytes) -> Exception:
    """Return the port's error for an answer that is no success."""
    said = f"the forge answered {status}{_complaint(body)}"
    wait = _asked_to_wait(headers)
    if status in MAY_PASS or httpx2.codes.is_server_error(status):
        return ForgeUnavailableError(said, wait)
    if status == httpx2.codes.FORBIDDEN and (wait is not None or SAYS_TOO_FAST in said.lower()):
        return ForgeUnavailableError(said, wait or TOO_FAST_SECONDS)  # how GitHub limits rates
    return (ForgeGoneError if status in GONE else ForgeRefusedError)(said, status)


def _asked_to_wait(headers: httpx2.Headers) -> float | None:
    """Return how many seconds the forge wants us to wait, of the ways in which they say it."""
    after = headers.get("Retry-After", "")
    if after.isdecimal():
        return min(float(after), WAIT_MAX_SECONDS)
    for prefix in ("X-RateLimit-", "RateLimit-"):
        reset = headers.get(f"{prefix}Reset", "")
        if headers.get(f"{prefix}Remaining") == "0" and reset.isdecimal():
            return min(max(1.0, float(reset) - time.time()), WAIT_MAX_SECONDS)
    return None


def _without_credentials(body: bytes, sent: Mapping[str, str]) -> bytes:
    """Blot out what forges repeat of our headers, for what they say goes into logs."""
    for value in sent.values():
        if credential := value.rpartition(" ")[2].encode():
            body = body.replace(credential, b"[hidden]")
    return body


def _complaint(body: bytes) -> str:
    """Return what the forge says about it, as one short plain line."""
    try:
        answer = json.loads(body)
        said = answer.get("message") or answer.get("error") or ""
    except (ValueError, AttributeError, RecursionError):
        return ""
    text = said if isinstance(said, str) else json.dumps(said)
    plain = "".join(character if character.isprintable() else " " for character in text)
    return f": {plain[:COMPLAINT_MAX_LENGTH]}" if plain else ""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ForgeUnavailableError("the forge's answer is not JSON") from error
