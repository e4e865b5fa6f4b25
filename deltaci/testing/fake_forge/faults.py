"""How a fake forge misbehaves on request."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from deltaci.testing.http_stub import Answer, Request


@dataclass
class Faults:
    """What is to go wrong with the next API requests."""

    _answers: list[Answer] = field(default_factory=list)
    _delay_seconds: float = 0
    _dropped: list[str] = field(default_factory=list)
    """A part of the path of each request whose answer is to be lost."""
    _limited_until: float = -math.inf

    def fail_next(
        self,
        times: int,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b'{"message": "told to fail"}',
    ) -> None:
        """Answer the next requests with this, without doing anything."""
        self._answers.extend([Answer(status, body, headers or {})] * times)

    def rate_limit(self, seconds: float) -> None:
        """Answer 429 with Retry-After to everything for so long."""
        self._limited_until = time.monotonic() + seconds

    def delay(self, seconds: float) -> None:
        """Let every answer take so long, until told otherwise."""
        self._delay_seconds = seconds

    def drop_answer(self, times: int = 1, path: str = "") -> None:
        """Do what the next writing requests ask for, and cut the connection without an answer.

        With `path`, only those that have it in theirs.
        """
        self._dropped.extend([path] * times)

    async def around(self, request: Request, act: Callable[[], Answer]) -> Answer | None:
        """Answer by `act` unless a fault comes between."""
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        if self._answers:
            return self._answers.pop(0)
        remaining = self._limited_until - time.monotonic()
        if remaining > 0:
            headers = {"Retry-After": str(math.ceil(remaining))}
            return Answer(HTTPStatus.TOO_MANY_REQUESTS, b'{"message": "slow down"}', headers)
        answer = act()
        return None if self._loses(request) else answer

    def _loses(self, request: Request) -> bool:
        wanted = [path for path in self._dropped if path in request.path]
        if request.method == "GET" or not wanted:
            return False
        self._dropped.remove(wanted[0])
        return True
