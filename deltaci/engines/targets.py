"""Which addresses deployers and probes may have, and calls that go there and nowhere else.

The name is looked up once, its addresses are judged, and the call goes to the address that was
judged: a name that changes its address in between (DNS rebinding) leads nowhere new.
"""

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from deltaci.addresses import addresses_of, is_public
from deltaci.engine_settings import EngineSettings
from deltaci.errors import UnavailableError
from deltaci.outgoing_http import Answered, AnswerTooLargeError, exchange, outgoing_client


class TargetRefusedError(Exception):
    """The address may not be called; the message says why, and names no address."""


class TargetUnreachableError(Exception):
    """Nothing, or nothing whole, came back from there."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to somebody else's server."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


async def ask(settings: EngineSettings, request: Ask, seconds: float | None = None) -> Answered:
    """Send the request and return the answer, whatever its status; redirects are not followed.

    `seconds` is the longest that it takes, less than the setting. Raises TargetRefusedError,
    TargetUnreachableError.
    """
    patience = min(seconds or settings.timeout_seconds, settings.timeout_seconds)
    try:
        async with asyncio.timeout(patience), outgoing_client(patience) as client:
            found = await _allowed_addresses(settings, request.url)
            return await _ask_first(client, request, found, settings.answer_max_bytes)
    except TimeoutError as error:
        said = f"no answer within {patience:g} s"
        raise TargetUnreachableError(said, timed_out=True) from error
    except (httpx2.HTTPError, UnavailableError) as error:
        late = isinstance(error, httpx2.TimeoutException)
        said = f"no answer within {patience:g} s" if late else "the connection failed"
        raise TargetUnreachableError(said, timed_out=late) from error
    except AnswerTooLargeError as error:
        said = f"the answer has more than {settings.answer_max_bytes} bytes"
        raise TargetRefusedError(said) from error
    except httpx2.InvalidURL as error:
        raise TargetRefusedError("its address is not an http address") from error


async def _ask_first(
    client: httpx2.AsyncClient, request: Ask, addresses: Sequence[str], max_bytes: int
) -> Answered:
    """Ask the first of a host's addresses that takes the connection."""
    for address in addresses[:-1]:
        try:
            return await exchange(client, _to_address(client, request, address), max_bytes)
        except httpx2.ConnectError:
            continue
    return await exchange(client, _to_address(client, request, addresses[-1]), max_bytes)


async def _allowed_addresses(settings: EngineSettings, url: str) -> Sequence[str]:
    """Return the IP addresses that may be called, those of IPv4 first."""
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise TargetRefusedError("its address is not an http address") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise TargetRefusedError("its address is not an http address")
    found = sorted(await addresses_of(host))
    known = host in settings.hosts
    private = known or all(_is_in(address, settings) for address in found)
    if not private and not all(map(is_public, found)):
        raise TargetRefusedError("its host must have public addresses, or be allowed as private")
    if parts.scheme == "http" and not private:
        raise TargetRefusedError("plain http is for hosts that are allowed as private")
    return sorted(found, key=lambda address: ":" in address)


def _is_in(address: str, settings: EngineSettings) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return any(ip in network for network in settings.networks)


def _to_address(client: httpx2.AsyncClient, request: Ask, address: str) -> httpx2.Request:
    """Address the request to an IP address; its host stays what the server and TLS are told."""
    url = httpx2.URL(request.url)
    sent = client.build_request(
        request.method,
        url.copy_with(host=address),
        headers={**request.headers, "Host": url.netloc.decode("ascii")},
        content=request.body or None,
    )
    sent.extensions["sni_hostname"] = url.host
    return sent
