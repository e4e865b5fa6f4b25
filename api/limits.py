"""Refuse bodies that are larger than their route accepts, before and while they arrive."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.contracts.contract import Contracts, path_of
from deltaci.errors import PayloadTooLargeError


class BodyLimit:
    """ASGI middleware: each contract says how large the bodies of its paths may be."""

    def __init__(self, app: ASGIApp, contracts: Contracts) -> None:
        self._app = app
        self._contracts = contracts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what it brings."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_of(scope)
        contract = self._contracts.of(path)
        limit = contract.body_limit(path)
        refusal = contract.refuse(
            PayloadTooLargeError(f"the body is larger than {limit} bytes", max_bytes=limit)
        )
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await refusal(scope, receive, send)
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
            await refusal(scope, receive, send)


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
