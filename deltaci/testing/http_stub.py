"""A very small HTTP/1.1 server for fakes: real sockets, no framework, one handler."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What it gets back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Answer | None]]
"""Answers one request; None closes the connection without an answer."""


class HttpStub:
    """Serves on a loopback port, which stays the same when it is stopped and started again."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse and drop every connection, as a server that died would."""
        if self._server is not None:
            self._server.close()
            for connection in self._serving:
                connection.cancel()
            await asyncio.gather(*self._serving)
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        try:
            while (answer := await self._handler(await _read(reader))) is not None:
                writer.write(_encode(answer))
                await writer.drain()
            writer.close()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.strip().split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {
        name.strip().lower(): value.strip()
        for name, value in (line.split(":", 1) for line in lines)
    }
    url = urlsplit(target)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, url.path, dict(parse_qsl(url.query)), headers, body)


def _encode(answer: Answer) -> bytes:
    phrase = HTTPStatus(answer.status).phrase
    head = f"HTTP/1.1 {answer.status} {phrase}\r\nContent-Type: application/json\r\n"
    if answer.status != HTTPStatus.NO_CONTENT:
        head += f"Content-Length: {len(answer.body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return f"{head}\r\n".encode() + answer.body
