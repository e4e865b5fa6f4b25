"""Every forge in turn. A new one joins all of these tests by an entry in KINDS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from deltaci.clock import utc_now
from deltaci.forge_settings import BitbucketSettings, GiteaSettings, GitHubSettings, GitLabSettings
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.github_app import FakeApp
from deltaci.testing.forge_bench import FULL_NAME, TOKEN, Bench, Kind
from deltaci.vcs.bitbucket.forge import bitbucket_forge
from deltaci.vcs.gitea.forge import gitea_forge
from deltaci.vcs.github.forge import github_forge
from deltaci.vcs.gitlab.forge import gitlab_forge
from deltaci.vcs.port import Forge, Provider


def _gitea(fake: FakeForge, token: str, timeout_seconds: float) -> Forge:
    settings = GiteaSettings(url=fake.url, api_url=fake.api_url, token=SecretStr(token))
    return gitea_forge(settings, timeout_seconds)


def _github(fake: FakeForge, token: str, timeout_seconds: float) -> Forge:
    """With a token, which is good for commit statuses only."""
    settings = GitHubSettings(url=fake.url, token=SecretStr(token))
    return github_forge(settings, timeout_seconds, utc_now)


def _github_app(fake: FakeForge, token: str, timeout_seconds: float) -> Forge:
    """As an App, which shows check runs."""
    if not token:
        return _github(fake, token, timeout_seconds)
    app = fake.state.app = fake.state.app or FakeApp()
    app.install("acme")
    settings = GitHubSettings(
        url=fake.url, app_id=app.app_id, app_private_key=SecretStr(app.private_key)
    )
    return github_forge(settings, timeout_seconds, utc_now)


def _gitlab(fake: FakeForge, token: str, timeout_seconds: float) -> Forge:
    settings = GitLabSettings(url=fake.url, api_url=fake.api_url, token=SecretStr(token))
    return gitlab_forge(settings, timeout_seconds)


def _bitbucket(fake: FakeForge, token: str, timeout_seconds: float) -> Forge:
    settings = BitbucketSettings(url=fake.url, api_url=fake.api_url, token=SecretStr(token))
    return bitbucket_forge(settings, timeout_seconds)


KINDS = (
    Kind(Provider.GITEA, _gitea),
    Kind(Provider.GITHUB, _github),
    Kind(Provider.GITHUB, _github_app, account="delta-ci[bot]", mints_tokens=True),
    Kind(
        Provider.GITLAB,
        _gitlab,
        pull_ref="refs/merge-requests/{}/head",
        untold=frozenset({"target_sha"}),
        signs_bodies=False,
    ),
    Kind(
        Provider.BITBUCKET,
        _bitbucket,
        actions=("opened", "synchronize"),
        untold=frozenset({"ref", "head_sha", "target_sha"}),
        tells_forks=False,
    ),
)


def _name(kind: Kind) -> str:
    return kind.build.__name__.strip("_")


@pytest.fixture(params=KINDS, ids=_name)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with _running(request.param) as bench:
        yield bench


@pytest.fixture(params=[kind for kind in KINDS if not kind.mints_tokens], ids=_name)
async def hearing(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """For what hangs on deliveries alone, and so not on how a forge is called."""
    async with _running(request.param) as bench:
        yield bench


@asynccontextmanager
async def _running(kind: Kind) -> AsyncIterator[Bench]:
    async with FakeForge(kind.provider, token=TOKEN, webhook_secret="first secret") as fake:
        bench = Bench(kind, fake, fake.repository(FULL_NAME))
        yield bench
        await bench.close()
