"""A receiver of notifications: answers as told, and remembers what it was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from deltaci.testing.http_stub import Answer, HttpStub, Request


@dataclass
class Receiver:
    """Answers with `answers` in turn, and then with `otherwise`."""

    answers: list[Answer] = field(default_factory=list)
    otherwise: Answer = field(default_factory=lambda: Answer(204))
    received: list[Request] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """While it is there and not set, nothing is answered."""
    port: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where it listens; the path is worth a secret."""
        return f"http://127.0.0.1:{self.port}/hooks/path-secret"

    async def handle(self, request: Request) -> Answer:
        """Answer one request."""
        async with self._news:
            self.received.append(request)
            self._news.notify_all()
        if self.gate is not None:
            await self.gate.wait()
        return self.answers.pop(0) if self.answers else self.otherwise

    async def until_received(self, count: int) -> None:
        """Wait until it was sent this many."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.received) >= count)


@asynccontextmanager
async def receiving(*answers: Answer) -> AsyncIterator[Receiver]:
    """Serve on a loopback port for the length of the block."""
    receiver = Receiver(list(answers))
    stub = HttpStub(receiver.handle)
    await stub.start()
    receiver.port = stub.port
    try:
        yield receiver
    finally:
        if receiver.gate is not None:
            receiver.gate.set()
        await stub.stop()
