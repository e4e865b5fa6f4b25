"""Calls to other people's servers: to the address that was given, and bounded in size."""

import ssl
from dataclasses import dataclass, field
from functools import cache

import httpx2

from deltaci import __version__

CONNECTIONS_MAX = 20


class AnswerTooLargeError(Exception):
    """The server answered more than we read."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server said."""

    status: int
    headers: httpx2.Headers = field(repr=False)
    body: bytes = field(repr=False)


def outgoing_client(
    timeout_seconds: float, transport: httpx2.AsyncBaseTransport | None = None
) -> httpx2.AsyncClient:
    """Return a client that goes nowhere else: by no proxy, after no redirect."""
    return httpx2.AsyncClient(
        timeout=timeout_seconds,
        follow_redirects=False,
        trust_env=False,
        verify=_trusted(),
        transport=transport,
        limits=httpx2.Limits(max_connections=CONNECTIONS_MAX),
        headers={"User-Agent": f"delta-ci/{__version__}"},
    )


async def exchange(client: httpx2.AsyncClient, request: httpx2.Request, max_bytes: int) -> Answered:
    """Send a request and read all of the answer.

    Raises AnswerTooLargeError when it has more than `max_bytes`, and httpx2.HTTPError.
    """
    answer = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for part in answer.aiter_bytes():
            body.extend(part)
            if len(body) > max_bytes:
                raise AnswerTooLargeError
        return Answered(answer.status_code, answer.headers, bytes(body))
    finally:
        await answer.aclose()


@cache
def _trusted() -> ssl.SSLContext:
    """Read the authorities once for all servers: that takes longer than all the rest."""
    return httpx2.create_ssl_context(trust_env=False)
