"""A repository's webhook, called as its forge calls it, over the API's own route."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.provider import Occurrence
from deltaci.vcs.port import Provider, PullRequest, Push

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Call:
    """One delivery, signed."""

    headers: Mapping[str, str]
    body: bytes


class ForgeWebhook:
    """Signs what happens in one repository, and delivers it through a client of the API."""

    def __init__(
        self, client: httpx2.AsyncClient, provider: Provider, full_name: str, secret: str = ""
    ) -> None:
        self.provider = provider
        self.full_name = full_name
        self.secret = secret or f"secret-of-{full_name}"
        self._client = client

    def signed_by(self, secret: str) -> "ForgeWebhook":
        """Return the same webhook with another secret."""
        return ForgeWebhook(self._client, self.provider, self.full_name, secret)

    def through(self, client: httpx2.AsyncClient) -> "ForgeWebhook":
        """Return the same webhook, delivering to another process."""
        return ForgeWebhook(client, self.provider, self.full_name, self.secret)

    def call(self, occurrence: Occurrence, delivery_id: str = "") -> Call:
        """Return the delivery that says so, without sending it."""
        forge = FakeForge(self.provider, webhook_secret=self.secret)
        return Call(*forge.delivery(self.full_name, occurrence, delivery_id))

    async def deliver(self, occurrence: Occurrence, delivery_id: str = "") -> httpx2.Response:
        """Say that this has happened."""
        return await self.send(self.call(occurrence, delivery_id))

    async def send(self, call: Call) -> httpx2.Response:
        """Deliver this, maybe once more."""
        path = f"/api/v1/webhooks/{self.provider}"
        return await self._client.post(path, content=call.body, headers=dict(call.headers))


def pushed(**fields: Any) -> Push:
    """Return a push of a commit like no other."""
    push = Push("refs/heads/main", _some_commit(), _some_commit(), "ann")
    return replace(push, **fields)


def opened(full_name: str, **fields: Any) -> PullRequest:
    """Return a pull request from a branch of the repository itself, at a commit like no other."""
    pull_request = PullRequest(
        number=7,
        action="opened",
        ref="refs/pull/7/head",
        head_sha=_some_commit(),
        head_ref="topic",
        head_repository=full_name,
        target_ref="refs/heads/main",
        target_sha=_some_commit(),
        fork=False,
        draft=False,
        sender="ann",
    )
    return replace(pull_request, **fields)


def _some_commit() -> str:
    return f"{next(_numbers):040x}"
