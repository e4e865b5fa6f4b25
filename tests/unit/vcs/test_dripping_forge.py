"""A forge that answers drop by drop is not listened to for ever."""

import asyncio
import contextlib

import pytest

from deltaci.vcs.forge_http import ForgeCall, ForgeHttp
from deltaci.vcs.port import ForgeUnavailableError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


async def _drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)


async def test_a_call_ends_in_time_though_something_always_comes() -> None:
    server = await asyncio.start_server(_drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    http = ForgeHttp(f"http://127.0.0.1:{port}", 0.1)

    async with server, asyncio.timeout(5):
        with pytest.raises(ForgeUnavailableError, match="TimeoutError"):
            await http.call(ForgeCall("GET", "/", {}))
        await http.close()
