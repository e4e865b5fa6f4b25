"""Connections that lead to public addresses only, whatever a name turns into when it is looked up.

The name is looked up here and the connection goes to an address that was looked at, so there is no
second answer that a name server could give (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import Collection, Iterable
from typing import Any

import httpcore2
import httpx2

from deltaci.addresses import ANY, is_public
from deltaci.outgoing_http import outgoing_client

REFUSED = "its host must have public addresses, or be allowed in the server's settings"


class InnerAddressError(Exception):
    """The name leads to an address that is not everybody's."""


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Looks names up, looks at the addresses, and connects to one of those."""

    def __init__(self, private_hosts: Collection[str]) -> None:
        self._private_hosts = private_hosts
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers. Raises InnerAddressError."""
        failure: Exception = httpcore2.ConnectError("the name has no address")
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("the name cannot be looked up") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not may_lead_inside(host, self._private_hosts) and not all(map(is_public, addresses)):
            raise InnerAddressError(REFUSED)
        return addresses


def may_lead_inside(host: str, private_hosts: Collection[str]) -> bool:
    """Whether the settings allow this host whatever its addresses are."""
    return ANY in private_hosts or host.lower().rstrip(".") in private_hosts


class _GuardedTransport(httpx2.AsyncHTTPTransport):
    """The usual one, with connections of ours; it has no parameter for them."""

    def __init__(self, private_hosts: Collection[str]) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_keepalive_connections=0,
            network_backend=GuardedBackend(private_hosts),
        )


def guarded_client(timeout_seconds: float, private_hosts: Collection[str]) -> httpx2.AsyncClient:
    """Return a client for addresses that others chose: by no proxy, after no redirect."""
    return outgoing_client(timeout_seconds, _GuardedTransport(private_hosts))
