"""Every request has an id, every answer names it, and one log line tells how it went."""

import re
import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.contracts.contract import Contracts, path_of
from deltaci.ids import new_request_id

log = structlog.get_logger(__name__)

REQUEST_ID = "X-Request-Id"
SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
PATH_MAX_LENGTH = 200
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines; logged only when they fail."""
INTERNAL_ERROR = 500


class Access:
    """ASGI middleware, outside of everything else: no failure passes it unanswered.

    A query string is never logged: whoever puts a secret there has made one mistake, not two.
    """

    def __init__(self, app: ASGIApp, contracts: Contracts) -> None:
        self._app = app
        self._contracts = contracts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if SANE_ID.fullmatch(given) else new_request_id()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            answer = _Answer(send, request_id)
            began = time.monotonic()
            try:
                await self._answer(scope, receive, answer)
            finally:
                _tell(scope, answer.status, time.monotonic() - began)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            log.exception("request_failed", **_named(scope))
            if answer.status:
                raise  # too late to say so: the server cuts the connection
            refusal = self._contracts.of(path_of(scope)).refuse(error)
            await refusal(scope, receive, answer)


class _Answer:
    """Passes the answer on with the request's id, and remembers its status: 0 before it began."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID] = self._request_id
        await self._send(message)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    is_probe = path_of(scope) in PROBES and status < INTERNAL_ERROR
    (log.debug if is_probe else log.info)(
        "request",
        **_named(scope),
        status=status or None,
        caller=scope.get("state", {}).get("caller"),
        milliseconds=round(seconds * 1000, 1),
    )


def _named(scope: Scope) -> dict[str, Any]:
    return {"method": scope["method"], "route": scope["path"][:PATH_MAX_LENGTH]}
