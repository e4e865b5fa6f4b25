"""Recorded deliveries, a GitHub to speak with, and the adapter in both of its ways."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from deltaci.forge_settings import GitHubSettings
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.github_app import FakeApp
from deltaci.testing.settable_clock import SettableClock
from deltaci.vcs.github.forge import github_forge
from deltaci.vcs.github.webhooks import GitHubWebhooks
from deltaci.vcs.port import Event, ForgeApi, Place, Provider

RECORDED = Path(__file__).resolve().parents[3] / "fixtures" / "webhooks" / "github"
PLACE = Place("acme/shop")
TOKEN = "ghp_somebodys"


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Any]:
    """Return a fresh payload by the name of its file."""
    return lambda name: json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def parsed() -> Callable[[str, Any], Event]:
    """Read and parse a payload as the body of an event."""

    def parse(event: str, payload: Any) -> Event:
        webhooks = GitHubWebhooks()
        headers = {"x-github-event": event}
        return webhooks.parse(webhooks.read(headers, json.dumps(payload).encode()))

    return parse


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def github(clock: SettableClock) -> AsyncIterator[FakeForge]:
    """GitHub with one repository, which our App is installed for."""
    async with FakeForge(Provider.GITHUB, token=TOKEN) as fake:
        fake.state.app = FakeApp(clock=clock)
        fake.state.app.install("acme")
        fake.repository(PLACE.full_name)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def connect(
    github: FakeForge, clock: SettableClock
) -> AsyncIterator[Callable[..., ForgeApi]]:
    """Build the adapter by settings."""
    async with AsyncExitStack() as stack:

        def build(**settings: Any) -> ForgeApi:
            forge = github_forge(GitHubSettings(url=github.url, **settings), 10, clock)
            stack.push_async_callback(forge.close)
            return forge.api

        yield build


@pytest.fixture
def by_app(github: FakeForge, connect: Callable[..., ForgeApi]) -> ForgeApi:
    """The adapter as our App."""
    app = github.state.app
    assert app is not None
    return connect(app_id=app.app_id, app_private_key=SecretStr(app.private_key))


@pytest.fixture
def by_token(connect: Callable[..., ForgeApi]) -> ForgeApi:
    """The adapter with somebody's token."""
    return connect(token=SecretStr(TOKEN))
