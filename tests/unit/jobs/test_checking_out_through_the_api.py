"""Which runners fetch through the server, and what the server itself fetches with."""

from dataclasses import replace
from pathlib import Path

import pytest

from deltaci.core import Core
from deltaci.forge_settings import GitHubSettings
from deltaci.repositories.credentials import forge_credentials
from deltaci.repositories.link import link_repository
from deltaci.sealing import Seal
from deltaci.store.jobs import repository_of
from deltaci.testing.factories import REPOSITORY, USER, Factory
from deltaci.vcs.github.forge import github_forge
from deltaci.vcs.port import ForgeRefusedError, GitCredential, Provider
from deltaci.wire.repositories import CreateRepository
from deltaci.wire.runner import Checkout

URL = "https://github.com/acme/shop.git"
OWN = "a-token-of-its-own"
SHARED = "a-token-for-all"


async def checkout_at(factory: Factory, url: str = URL, token: str | None = None) -> Checkout:
    """Lease a job of a repository that is at `url` and linked to GitHub."""
    await factory.offered()
    fields = {"repo_id": REPOSITORY, "url": url, "provider": "github", "full_name": REPOSITORY}
    request = CreateRepository.model_validate(fields | ({"token": token} if token else {}))
    async with factory.core.database.write() as tx:
        (await repository_of(tx, REPOSITORY)).url = url
        await link_repository(tx, factory.core, USER, request)
    holder = await factory.seek()
    assert holder is not None
    return holder.granted.checkout


def sharing(factory: Factory, token: str = "") -> Factory:
    """The same under settings that have a token for all of GitHub's repositories."""
    return factory.under(github=GitHubSettings.model_validate({"token": token}))


async def credential_for(core: Core, url: str = URL) -> GitCredential | None:
    forge = github_forge(core.settings.github, 10, core.clock)
    return await forge_credentials(core, {Provider.GITHUB: forge})(REPOSITORY, url)


@pytest.mark.parametrize(
    ("own", "shared", "password"), [(OWN, SHARED, OWN), (OWN, "", OWN), (None, SHARED, SHARED)]
)
async def test_a_repositorys_own_token_comes_before_its_forges(
    factory: Factory, own: str | None, shared: str, password: str
) -> None:
    factory = sharing(factory, shared)

    checkout = await checkout_at(factory, token=own)
    found = await credential_for(factory.core)

    assert checkout.through_api
    assert found is not None
    assert found.password == password


async def test_without_a_token_runners_fetch_for_themselves(factory: Factory) -> None:
    assert not (await checkout_at(factory)).through_api
    assert await credential_for(factory.core) is None


async def test_a_repository_on_no_forge_has_no_credential(factory: Factory) -> None:
    factory = sharing(factory, SHARED)

    assert not (await factory.leased()).granted.checkout.through_api
    assert await credential_for(factory.core) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/acme/shop.git",
        "https://github.com.evil.test/acme/shop.git",
        "https://github.com:8443/acme/shop.git",
        "http://github.com/acme/shop.git",
        "ssh://git@github.com/acme/shop.git",
        "git@github.com:acme/shop.git",
        "https://github.com/acme/private.git",
    ],
)
async def test_a_credential_is_for_the_linked_repository_alone(factory: Factory, url: str) -> None:
    assert not (await checkout_at(factory, url, OWN)).through_api
    assert await credential_for(factory.core, url) is None


async def test_a_token_that_cannot_be_opened_is_a_refusal(factory: Factory, tmp_path: Path) -> None:
    await checkout_at(factory, token=OWN)
    (tmp_path / "other").mkdir()
    changed = replace(factory.core, seal=Seal.load("", tmp_path / "other"))

    with pytest.raises(ForgeRefusedError, match="cannot be opened"):
        await credential_for(changed)
