"""Every forge in turn. A new one joins all of these tests by an entry in KINDS."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from deltaci.forge_settings import GiteaSettings
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.forge_bench import FULL_NAME, TOKEN, Bench, Kind
from deltaci.vcs.gitea.forge import gitea_forge
from deltaci.vcs.port import Forge, Provider


def _gitea(fake: FakeForge, token: str, timeout_seconds: float) -> Forge:
    settings = GiteaSettings(url=fake.url, api_url=fake.api_url, token=SecretStr(token))
    return gitea_forge(settings, timeout_seconds)


KINDS = (Kind(Provider.GITEA, _gitea),)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.provider.value)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
async def bench(kind: Kind) -> AsyncIterator[Bench]:
    async with FakeForge(kind.provider, token=TOKEN, webhook_secret="first secret") as fake:
        bench = Bench(kind, fake, fake.repository(FULL_NAME))
        yield bench
        await bench.close()
