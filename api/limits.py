"""Refuse bodies that are larger than their route accepts, before and while they arrive."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import envelope
from deltaci.errors import InvalidRequestError

TOO_LARGE = 413


class BodyLimit:
    """ASGI middleware: `limit_of` names the largest body of a path, in bytes."""

    def __init__(self, app: ASGIApp, limit_of: Callable[[str], int]) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what it brings."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await _refuse(limit, scope, receive, send)
            return
        counted = _Counted(receive, limit)
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            if not counted.exceeded:
                started = True
                await send(message)

        await self._app(scope, counted, watched_send)
        if counted.exceeded and not started:
            await _refuse(limit, scope, receive, send)


class _Counted:
    """Passes body parts on until there are too many; then the client counts as gone."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit
        self.exceeded = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self.exceeded = True
                return {"type": "http.disconnect"}
        return message


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    answer = envelope(
        TOO_LARGE,
        InvalidRequestError.code,
        f"the body is larger than {limit} bytes",
        {"max_bytes": limit},
    )
    await answer(scope, receive, send)
