"""One HTTP request with an event, on the standard library: a CI step should start at once."""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from deltaci.tracker.errors import InvalidInputError

LONGEST_ANSWER_BYTES = 1 << 20
REDIRECTS_MAX = 3
SHORTEST_SECRET = 8
KEEPING_THE_METHOD = frozenset({307, 308})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NoAnswerError(Exception):
    """Nothing usable came back: nobody listens, the connection broke, or it took too long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event as it goes over the wire: again and again the same bytes, with the same key."""

    path: str
    content: str = field(repr=False)
    idempotency_key: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Server:
    """Takes events at one address, with one API key."""

    def __init__(self, url: str, api_key: str, agent: str) -> None:
        """Raises InvalidInputError when the URL or the key cannot be used."""
        self.url = _checked(url)
        if not api_key.isascii() or not api_key.isprintable():
            raise InvalidInputError("the API key has characters that no header can carry")
        self._api_key = api_key
        self._agent = agent
        is_loopback = urllib.parse.urlsplit(self.url).hostname in LOOPBACK
        direct = [urllib.request.ProxyHandler({})] if is_loopback else []
        self._opener = urllib.request.build_opener(_NoRedirect, *direct)

    def headers(self, delivery: Delivery) -> dict[str, str]:
        """The headers that go with a delivery, the key among them."""
        return {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._api_key}",
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.idempotency_key,
            "User-Agent": self._agent,
        }

    def post(self, delivery: Delivery, timeout_seconds: float) -> Answer:
        """Send a delivery once; raises NoAnswerError."""
        until = time.monotonic() + timeout_seconds
        url = self.url + delivery.path
        answer = self._once(url, delivery, until)
        for _ in range(REDIRECTS_MAX):
            target = _redirection(url, answer)
            if not target:
                break
            url = target
            answer = self._once(url, delivery, until)
        return answer

    def _once(self, url: str, delivery: Delivery, until: float) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked at construction
            url, data=delivery.content.encode(), headers=self.headers(delivery), method="POST"
        )
        timeout = max(0.001, until - time.monotonic())
        try:
            with self._open(request, timeout) as answer:
                content = self._without_key(_read(answer, until))
                return Answer(answer.status, _lower(answer.headers), content)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise NoAnswerError(f"no answer from {self.url}: {reason or 'broken'}") from None

    def _without_key(self, content: bytes) -> bytes:
        # What a server says is shown and written down. A very short key is part of anything.
        if len(self._api_key) < SHORTEST_SECRET:
            return content
        return content.replace(self._api_key.encode(), b"***")

    def _open(self, request: urllib.request.Request, timeout: float) -> Any:
        try:
            return self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            return error


def _lower(headers: Message) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _checked(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url.strip())
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable, parts = None, None
    if not usable or not parts or parts.query or parts.fragment or " " in url.strip():
        raise InvalidInputError("the API URL is no HTTP address")
    if "@" in parts.netloc:
        raise InvalidInputError("the API URL has credentials in it: use VERSIONER_API_KEY")
    return url.strip().rstrip("/")


def _read(answer: Any, until: float) -> bytes:
    """Read at most LONGEST_ANSWER_BYTES.

    Raises OSError or HTTPException when they come too slowly, or not to their end.
    """
    content = bytearray()
    while len(content) < LONGEST_ANSWER_BYTES and (piece := answer.read1(65536)):
        content += piece
        if time.monotonic() >= until:
            raise TimeoutError("the answer came too slowly")
    if len(content) < LONGEST_ANSWER_BYTES and answer.length:
        raise http.client.IncompleteRead(bytes(content), answer.length)
    return bytes(content)


def _redirection(url: str, answer: Answer) -> str:
    """Where to go on: only on the same host, and never back from TLS, for the key goes along."""
    if answer.status not in KEEPING_THE_METHOD:
        return ""
    target = urllib.parse.urljoin(url, answer.headers.get("location", ""))
    here, there = urllib.parse.urlsplit(url), urllib.parse.urlsplit(target)
    to_tls = (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname
    same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    return target if same or to_tls else ""
