"""Noticing that nobody waits for an answer any more, or that the process is to stop."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from fastapi import Request

from api.state import state_of

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def hang_up_of(request: Request) -> Callable[[], Awaitable[None]]:
    """Return what waits until the client has closed the connection, or until we are to stop.

    Calls that are held open then end at once: a job is not given to a runner that is gone, and a
    process that stops is not kept by those that wait. The request's body must have been read.
    """

    async def hung_up() -> None:
        leaving = asyncio.create_task(_closed(request))
        stopped = asyncio.create_task(state_of(request).stopping.wait())
        try:
            await asyncio.wait({leaving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            stopped.cancel()

    return hung_up


async def _closed(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


@contextmanager
def noticing_stop() -> Iterator[asyncio.Event]:
    """Yield an event that is set when the process is asked to stop.

    The server only tells the application once all answers are out, which those that we hold open
    would delay; so its signal handlers are called through ours.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    servers: dict[int, Any] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopping.set)
        servers[number](number, frame)

    if threading.current_thread() is threading.main_thread():
        servers = {n: found for n in STOP_SIGNALS if callable(found := signal.getsignal(n))}
    for number in servers:
        signal.signal(number, handle)
    try:
        yield stopping
    finally:
        for number, server in servers.items():
            signal.signal(number, server)
