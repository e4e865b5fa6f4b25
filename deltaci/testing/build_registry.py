"""The real API on a port, beside an OIDC issuer that stands for every CI system's."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltaci.identity.roles import Role
from deltaci.oidc_settings import OidcSettings
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.testing.api_calls import Application, ServedApi, serving
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.testing.listening import listening
from deltaci.testing.oidc_issuer import KEYS_PATH, FakeIssuer

AUDIENCE = "https://dxcp.example.test"
SERVICE, BUCKET = "demo-service", "artifact-bucket"
CLIENT_ID, CLIENT_SECRET = "ci-client", "s3cret-of-the-client"


class TokenServer:
    """Gives tokens like an OAuth server to one client, and like GitHub to every job."""

    def __init__(self, issuer: FakeIssuer) -> None:
        self._issuer = issuer
        self._stub = HttpStub(self._answer)

    @property
    def url(self) -> str:
        """Where it listens; tokens name it, with a slash behind, as their issuer."""
        return f"http://127.0.0.1:{self._stub.port}"

    async def start(self) -> None:
        """Begin to listen."""
        await self._stub.start()

    async def stop(self) -> None:
        """Drop every connection."""
        await self._stub.stop()

    def sign(self, subject: str, audience: str = AUDIENCE, **claims: Any) -> str:
        """Return a token of this issuer."""
        return self._issuer.sign(iss=f"{self.url}/", aud=audience, sub=subject, **claims)

    async def _answer(self, request: Request) -> Answer:
        if request.path == "/oauth/token":
            asked = json.loads(request.body)
            if asked["client_secret"] != CLIENT_SECRET:
                return Answer(401, request.body)
            client = asked["client_id"]
            token = self.sign(f"{client}@clients", asked["audience"], azp=client)
            return Answer(200, json.dumps({"access_token": token}).encode())
        token = self.sign("job:github", request.query["audience"])
        return Answer(200, json.dumps({"value": token}).encode())


@dataclass(slots=True)
class BuildRegistry:
    """An API that knows one service, and admits one client and every job of the issuer."""

    url: str
    api: ServedApi
    tokens: TokenServer

    @property
    def client_credentials(self) -> Mapping[str, str]:
        """What a CI stores to register builds without tokens of its own."""
        return {
            "DXCP_API_BASE": self.url,
            "GOV_AUTH0_DOMAIN": self.tokens.url,
            "GOV_AUTH0_AUDIENCE": AUDIENCE,
            "GOV_CI_CLIENT_ID": CLIENT_ID,
            "GOV_CI_CLIENT_SECRET": CLIENT_SECRET,
        }

    def job_token(self, name: str) -> str:
        """Return the ID token of a CI's job."""
        return self.tokens.sign(f"job:{name}")

    async def builds(self) -> list[dict[str, Any]]:
        """Every registered build, the newest first."""
        answer = await self.api.caller(Role.OBSERVER).get("/v1/builds")
        answer.raise_for_status()
        builds: list[dict[str, Any]] = answer.json()["builds"]
        return builds


@asynccontextmanager
async def running_registry(
    build_app: Callable[[Settings], Application], data_dir: Path
) -> AsyncIterator[BuildRegistry]:
    """Run it all on a database of its own; Temporal is absent."""
    async with FakeIssuer() as issuer:
        tokens = TokenServer(issuer)
        await tokens.start()
        try:
            app = build_app(await _settings(data_dir, issuer, tokens))
            async with serving(app) as api, listening(app) as url:
                registry = BuildRegistry(url, api, tokens)
                await _set_up(registry)
                yield registry
        finally:
            await tokens.stop()


async def _settings(data_dir: Path, issuer: FakeIssuer, tokens: TokenServer) -> Settings:
    trusted = issuer.trusted(
        issuer=f"{tokens.url}/",
        audience=AUDIENCE,
        jwks_url=issuer.url + KEYS_PATH,
        default_roles=[Role.CI_PUBLISHER],
    )
    oidc = OidcSettings(issuers=(trusted,))
    settings = Settings(data_dir=data_dir, temporal_address="127.0.0.1:1", oidc=oidc)
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    return settings


async def _set_up(registry: BuildRegistry) -> None:
    admin = registry.api.caller(Role.ADMIN)
    issuers = [f"{registry.tokens.url}/"]
    publishers = [
        {"name": "client", "issuers": issuers, "authorized_party_azp": [CLIENT_ID]},
        {"name": "jobs", "issuers": issuers, "subject_prefixes": ["job:"]},
    ]
    for answer in (
        await admin.post("/v1/services", json={"service_name": SERVICE}),
        await admin.put(
            "/v1/admin/system/ci-publishers",
            json={"publishers": publishers},
            headers={"Idempotency-Key": "set-up"},
        ),
    ):
        answer.raise_for_status()
