"""Noticing that a client does not wait for its answer any more."""

from collections.abc import Awaitable, Callable

from fastapi import Request


def hang_up_of(request: Request) -> Callable[[], Awaitable[None]]:
    """Return what waits until the client has closed the connection; its body must be read."""

    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return hung_up
