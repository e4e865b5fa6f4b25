"""A forge to try things against: real HTTP on loopback, and everything it shows can be read."""

import json
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self

import httpx2

from deltaci.testing.fake_forge.faults import Faults
from deltaci.testing.fake_forge.provider import (
    Call,
    Occurrence,
    RefusalError,
    answered,
    fake_provider,
    signed_delivery,
)
from deltaci.testing.fake_forge.state import ForgeState, Repository
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.vcs.port import Provider, PullRequest, Push, Remark

ACCOUNT = "delta-ci"
"""The login that the first token acts as."""
DELIVERY_TIMEOUT_SECONDS = 30
OCCURRENCES = {"push": Push, "pull_request": PullRequest, "remark": Remark}


class FakeForge:
    """One provider's forge. Use it as an async context manager."""

    def __init__(
        self,
        provider: Provider,
        *,
        token: str = "fake-token",  # noqa: S107  made up: it opens a fake
        webhook_url: str = "",
        webhook_secret: str = "",
        port: int = 0,
    ) -> None:
        self.provider = provider
        self.state = ForgeState(accounts={token: ACCOUNT})
        self.faults = Faults()
        self.requests: list[Request] = []
        """Every API request that arrived, refused ones too."""
        self.webhook_url = webhook_url
        self.webhook_secret = webhook_secret
        self._fake = fake_provider(provider)
        self._stub = HttpStub(self._answer)
        self._stub.port = port

    @property
    def url(self) -> str:
        """Where it listens; also what people's links begin with."""
        return f"http://127.0.0.1:{self._stub.port}"

    @property
    def api_url(self) -> str:
        """What an adapter's API address is to be."""
        return self.url + self._fake.api_path

    @property
    def violations(self) -> list[str]:
        """See ForgeState."""
        return self.state.violations

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_down()

    async def go_down(self) -> None:
        """Refuse and drop connections; nothing that it knows is lost."""
        await self._stub.stop()

    async def come_back(self) -> None:
        """Listen, at the same address as before."""
        await self._stub.start()

    def repository(self, full_name: str, *, private: bool = False) -> Repository:
        """Return the repository, made if need be."""
        return self.state.repository(full_name, private=private)

    def revoke_tokens(self) -> None:
        """Let every token be refused from now on."""
        self.state.accounts.clear()
        self.state.app = None

    def delivery(
        self, full_name: str, occurrence: Occurrence, delivery_id: str = ""
    ) -> tuple[dict[str, str], bytes]:
        """Return headers and body of the signed webhook call about what happened."""
        event, payload = self._fake.payload(full_name, occurrence)
        delivery_id = delivery_id or str(uuid.uuid4())
        return signed_delivery(self.provider, self.webhook_secret, payload, event, delivery_id)

    async def deliver(
        self, full_name: str, occurrence: Occurrence, delivery_id: str = ""
    ) -> httpx2.Response:
        """Send that call to `webhook_url`; returns the answer, whatever it is."""
        headers, body = self.delivery(full_name, occurrence, delivery_id)
        async with httpx2.AsyncClient(trust_env=False, timeout=DELIVERY_TIMEOUT_SECONDS) as client:
            return await client.post(self.webhook_url, headers=headers, content=body)

    async def _answer(self, request: Request) -> Answer | None:
        if request.path == "/_fake/state":
            return answered(self.state.document())
        if request.path == "/_fake/deliver":
            return await self._deliver_as_told(request)
        if request.path == "/_fake/webhook":
            return self._set_up_webhook(request)
        self.requests.append(request)
        return await self.faults.around(request, lambda: self._act(request))

    def _set_up_webhook(self, request: Request) -> Answer:
        """Do what people do on the page of a repository's webhook."""
        try:
            wanted = json.loads(request.body)
            self.webhook_url, self.webhook_secret = wanted["url"], wanted["secret"]
        except (ValueError, KeyError, TypeError):
            return answered({"message": "expected url and secret"}, HTTPStatus.BAD_REQUEST)
        return answered({})

    async def _deliver_as_told(self, request: Request) -> Answer:
        """Let happen what a script asks for; answers how the delivery was answered."""
        try:
            order = json.loads(request.body)
            full_name = order.pop("full_name")
            ((kind, fields),) = order.items()
            said = await self.deliver(full_name, OCCURRENCES[kind](**fields))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return answered({"message": f"not understood: {error!r}"}, HTTPStatus.BAD_REQUEST)
        except httpx2.HTTPError as error:
            return answered({"message": f"not delivered: {error!r}"}, HTTPStatus.BAD_GATEWAY)
        return answered({"status": said.status_code, "body": said.text})

    def _act(self, request: Request) -> Answer:
        try:
            login = self._fake.login(self.state, request)
            if login is None:
                raise RefusalError(HTTPStatus.UNAUTHORIZED, "bad credentials")  # noqa: TRY301
            return self._route(request, login)
        except RefusalError as error:
            return answered(self._fake.complaint(error.message), error.status)
        except (KeyError, TypeError, ValueError) as error:
            problem = f"{request.method} {request.path} lacks something: {error!r}"
            self.state.violations.append(problem)
            return answered(self._fake.complaint(problem), HTTPStatus.UNPROCESSABLE_ENTITY)

    def _route(self, request: Request, login: str) -> Answer:
        for route in self._fake.routes:
            parts: Mapping[str, Any] | None = route.match(request)
            if parts is not None:
                return route.answer(Call(self.state, request, login, parts))
        self.state.violations.append(f"no such route: {request.method} {request.path}")
        raise RefusalError(HTTPStatus.NOT_FOUND, "no such route")
