"""A deployer to try the webhook engine against: real HTTP on loopback, strict about its orders.

It acts once per `Idempotency-Key`, as the contract wants; what it would not stand for is noted in
`violations`. `faults` makes it slow, silent or broken.
"""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import httpx2

from deltaci.clock import Clock, utc_now
from deltaci.engines.signatures import BadSignatureError, sign, verify
from deltaci.testing.fake_forge.faults import Faults
from deltaci.testing.fake_forge.provider import answered
from deltaci.testing.http_stub import Answer, HttpStub, Request

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  made up: it opens a fake
CALLBACK_TIMEOUT_SECONDS = 10


@dataclass
class Work:
    """One deployment as the deployer sees it."""

    id: str
    order: dict[str, Any]
    state: str = "RUNNING"
    failure: dict[str, str] | None = None
    message: str = ""
    cancels: int = 0


@dataclass
class FakeDeployer:
    """Use it as an async context manager."""

    secret: str = SECRET
    clock: Clock = utc_now
    works: dict[str, Work] = field(default_factory=dict)
    """What was begun, by idempotency key: the effects."""
    requests: list[Request] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    answer: dict[str, Any] | None = None
    """Said instead of the usual answer to an order."""

    front: str = ""
    """Where it reaches our side instead of at its public address, which no name server knows."""

    def __post_init__(self) -> None:
        self._stub = HttpStub(self._serve)

    @property
    def url(self) -> str:
        """Where orders are sent."""
        return f"http://127.0.0.1:{self._stub.port}/deploy"

    @property
    def poll_url(self) -> str:
        """Where it says how far it is."""
        return f"http://127.0.0.1:{self._stub.port}/works/{{id}}"

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_down()

    async def go_down(self) -> None:
        """Refuse connections; nothing that it knows is lost."""
        await self._stub.stop()

    async def come_back(self) -> None:
        """Listen, at the same address as before."""
        await self._stub.start()

    def end(self, key: str, state: str, *, code: str = "", message: str = "") -> None:
        """Let the work of a key end."""
        work = self.works[key]
        work.state = state
        work.failure = {"code": code, "message": message} if state == "FAILED" else None

    async def call_back(self, key: str, times: int = 1) -> list[int]:
        """Tell our side how the work of a key stands; returns the statuses of the answers."""
        work = self.works[key]
        body = json.dumps({"deployment_id": work.order["deployment_id"], **_shown(work)}).encode()
        url = str(work.order["callback_url"])
        url = self.front + urlsplit(url).path if self.front else url
        async with httpx2.AsyncClient(trust_env=False, timeout=CALLBACK_TIMEOUT_SECONDS) as client:
            answers = [
                await client.post(url, headers=self.signed(f"{key}.end", body), content=body)
                for _ in range(times)
            ]
        return [answer.status_code for answer in answers]

    def signed(self, message_id: str, body: bytes) -> dict[str, str]:
        """Return the headers of a message of its own."""
        signature = sign(self.secret, message_id, body, self.clock())
        return {"Content-Type": "application/json", **signature}

    async def _serve(self, request: Request) -> Answer | None:
        self.requests.append(request)
        return await self.faults.around(request, lambda: self._act(request))

    def _act(self, request: Request) -> Answer:
        try:
            verify(self.secret, request.headers, request.body, self.clock())
        except BadSignatureError as error:
            return self._complain(HTTPStatus.UNAUTHORIZED, "unauthorized", str(error))
        key = request.headers.get("idempotency-key", "")
        if not key:
            return self._complain(HTTPStatus.BAD_REQUEST, "", "no Idempotency-Key")
        if request.method == "POST" and request.path == "/deploy":
            return self._order(request, key)
        work = next(
            (w for w in self.works.values() if unquote(request.path) == f"/works/{w.id}"), None
        )
        if work is None:
            return answered({"code": "not_found", "message": "no such work"}, HTTPStatus.NOT_FOUND)
        if request.method == "DELETE":
            work.cancels += 1
            work.state = "CANCELED" if work.state == "RUNNING" else work.state
        return answered(_shown(work))

    def _order(self, request: Request, key: str) -> Answer:
        if request.headers.get("webhook-id") != key:
            return self._complain(HTTPStatus.BAD_REQUEST, "", "webhook-id is not the key")
        order = json.loads(request.body)
        known = self.works.get(key)
        if known is not None and known.order != order:
            return self._complain(HTTPStatus.CONFLICT, "", "the key is another order's")
        work = self.works.setdefault(key, Work(f"work/{len(self.works) + 1}", order))
        said = {"id": work.id, "url": f"https://deployer.test/{work.id}"}
        return answered(said if self.answer is None else self.answer, HTTPStatus.ACCEPTED)

    def _complain(self, status: HTTPStatus, code: str, message: str) -> Answer:
        self.violations.append(message)
        return answered({"code": code, "message": message}, status)


def _shown(work: Work) -> dict[str, Any]:
    said: dict[str, Any] = {"id": work.id, "state": work.state, "message": work.message}
    return {**said, "failure": work.failure} if work.failure else said
