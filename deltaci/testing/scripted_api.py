"""A public API that answers from a script: for tests of clients and of the command line."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self

from deltaci.testing.http_stub import Answer, HttpStub, Request


class ScriptedApi:
    """Answers each `"METHOD /path"` with its queued answers in turn; the last one repeats.

    Use it as an async context manager. What nobody queued is answered 404.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, list[Answer | None]] = defaultdict(list)
        self._stub = HttpStub(self._answer)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._stub.port}"

    async def __aenter__(self) -> Self:
        await self._stub.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stub.stop()

    def answer(self, route: str, *documents: Any, status: int = 200, **headers: str) -> None:
        """Queue answers: bytes as they are, everything else as JSON.

        A header `Retry-After` is written `retry_after`.
        """
        bodies = (
            each if isinstance(each, bytes) else json.dumps(each).encode() for each in documents
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers[route].extend(Answer(status, body, named) for body in bodies)

    def refuse(
        self, route: str, status: int, code: str, message: str = "no", **details: Any
    ) -> None:
        """Queue a refusal in the contract's envelope."""
        error = {"code": code, "message": message, "details": details}
        self.answer(route, {"error": error}, status=status)

    def hang_up(self, route: str) -> None:
        """Queue a connection that is closed without an answer."""
        self._answers[route].append(None)

    def received(self, route: str) -> Sequence[Request]:
        """The requests for one route, in order."""
        return [each for each in self.requests if f"{each.method} {each.path}" == route]

    async def _answer(self, request: Request) -> Answer | None:
        self.requests.append(request)
        queued = self._answers[f"{request.method} {request.path}"]
        if not queued:
            self.refuse(f"{request.method} {request.path}", 404, "NOT_FOUND", "no such thing")
        return queued.pop(0) if len(queued) > 1 else queued[0]
