"""One HTTP request: bearer token, JSON in and out, the contracts' refusals as exceptions.

Built on the standard library: a command that asks one question should not spend 120 ms on
importing an HTTP framework.
"""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deltaci.client.detail import envelope
from deltaci.client.errors import (
    ApiRefusedError,
    ClientError,
    InvalidAddressError,
    LimitedError,
    UnreachableError,
)

TIMEOUT_SECONDS = 30.0
RETRY_PAUSES_SECONDS = (0.2, 0.8)
"""Waits before asking again. Every call repeats safely: reads, and writes that carry a key."""

LONGEST_PAUSE_SECONDS = 60.0
"""A server that limits its callers may ask for this much patience; for more, the call fails."""

TRY_AGAIN = frozenset({502, 503, 504})
SWITCHED_OFF = "MUTATIONS_DISABLED"
"""The one 503 that an admin wants: asking again soon changes nothing."""
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. `path` is encoded already; None and empty values of `query` are left out.

    `body` is sent as JSON; bytes are sent as they are.
    """

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to a request that it accepted."""

    content: bytes = field(repr=False)
    headers: Mapping[str, str]

    @property
    def document(self) -> Any:
        """The content as JSON; raises ValueError when it is none."""
        return json.loads(self.content)


def segment(text: str) -> str:
    """Encode text as one segment of a path."""
    return urllib.parse.quote(text, safe="")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A redirect would carry the bearer token to wherever it points.
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Transport:
    """Sends requests to one server with one credential."""

    def __init__(self, url: str, token: str = "") -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidAddressError(f"not an HTTP address: {url!r}")
        self.url = url.rstrip("/")
        self._token = token
        direct = [urllib.request.ProxyHandler({})] if parts.hostname in LOOPBACK_HOSTS else []
        self._opener = urllib.request.build_opener(_NoRedirect, *direct)

    def fetch(self, request: Request) -> Any:
        """Return the decoded answer; raises ApiRefusedError or UnreachableError."""
        return self.decode(self.exchange(request))

    def download(self, request: Request) -> bytes:
        """Return the raw answer; raises ApiRefusedError or UnreachableError."""
        return self.exchange(request).content

    def decode(self, answer: Answer) -> Any:
        """Return an answer's document; raises UnreachableError when it has none."""
        try:
            return answer.document
        except ValueError as error:
            raise UnreachableError(f"{self.url} does not answer like Delta CI") from error

    def exchange(self, request: Request) -> Answer:
        """Return the answer with its headers; raises ApiRefusedError or UnreachableError."""
        for pause in RETRY_PAUSES_SECONDS:
            try:
                return self._once(request)
            except UnreachableError:
                time.sleep(pause)
            except LimitedError as limit:
                if limit.retry_after_seconds > LONGEST_PAUSE_SECONDS:
                    raise
                time.sleep(max(pause, limit.retry_after_seconds))
        return self._once(request)

    def _once(self, request: Request) -> Answer:
        try:
            with self._opener.open(self._prepare(request), timeout=TIMEOUT_SECONDS) as answer:
                return Answer(answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                wait = error.headers.get("Retry-After") or ""
                raise _refusal(error.code, _read(error), wait) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise UnreachableError(f"cannot reach {self.url}: {reason}") from error

    def _prepare(self, request: Request) -> urllib.request.Request:
        query = urllib.parse.urlencode(
            {name: value for name, value in request.query.items() if value not in {None, ""}}
        )
        address = self.url + request.path + (f"?{query}" if query else "")
        headers = {"Accept": "application/json", **request.headers}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None
        if request.body is not None:
            is_raw = isinstance(request.body, bytes)
            data = request.body if is_raw else json.dumps(request.body).encode()
            headers["Content-Type"] = "application/json"
        return urllib.request.Request(  # noqa: S310 - the scheme is checked at construction
            address, data=data, headers=headers, method=request.method
        )


def _read(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read()
    except (OSError, http.client.HTTPException):
        return b""


def _refusal(status: int, content: bytes, wait: str) -> ClientError:
    try:
        document = json.loads(content)
        body = envelope(status, document)
        code, message = str(body["code"]), str(body["message"])
        details = dict(body.get("details") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        return UnreachableError(f"HTTP {status} without an error envelope of ours: wrong address?")
    if status in TRY_AGAIN and code != SWITCHED_OFF:
        return UnreachableError(f"{message} (HTTP {status})")
    if status == http.client.TOO_MANY_REQUESTS and wait.isdecimal():
        return LimitedError(status, code, message, details, retry_after_seconds=float(wait))
    return ApiRefusedError(status, code, message, details)
