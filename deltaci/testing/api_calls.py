"""Calling an ASGI application in process, as any caller, over its real routes and middleware."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2

from deltaci.core import Core
from deltaci.identity.roles import Role
from deltaci.identity.tokens import TokenSigner
from deltaci.runs.ports import CommitSource

Application = Callable[..., Any]
TOKEN_LIFE = timedelta(hours=1)


@dataclass(slots=True)
class ServedApi:
    """A running application and what it was built with. Nothing relays its effects."""

    app: Application
    core: Core
    signer: TokenSigner
    commits: CommitSource
    _clients: list[httpx2.AsyncClient] = field(default_factory=list)

    def caller(
        self, *roles: Role, subject: str = "tester", **limits: Sequence[str]
    ) -> httpx2.AsyncClient:
        """Return a client with a token for these roles; without any, it is nobody.

        `limits` are a runner's: the labels that it may offer, and its repos.
        """
        token = self.signer.issue(subject, roles, TOKEN_LIFE, **limits).token if roles else ""
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://delta-ci.test",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        self._clients.append(client)
        return client

    async def close(self) -> None:
        """Close every client."""
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[ServedApi]:
    """Run the application's lifespan, with Temporal absent: effects stay in the outbox."""
    async with app.router.lifespan_context(app):
        parts = app.state.parts
        parts.core.database.on_effects = lambda _effects: None
        served = ServedApi(app, parts.core, parts.signer, parts.commits)
        yield served
        await served.close()
