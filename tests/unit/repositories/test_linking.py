"""A link with a forge is made only where its deliveries would be heard, under its name there."""

from dataclasses import replace

import pytest

from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.forge_settings import GiteaSettings
from deltaci.repositories.link import name_in
from deltaci.repositories.register import register_repository
from deltaci.store.tables import ForgeLink, Repository
from deltaci.testing.row_reader import RowReader
from deltaci.wire.forges import Provider
from deltaci.wire.repositories import CreateRepository


async def test_a_forge_that_is_not_set_up_is_named(core: Core, rows: RowReader) -> None:
    without = replace(core, settings=core.settings.model_copy(update={"gitea": GiteaSettings()}))
    request = CreateRepository(
        repo_id="shop", url="/srv/shop", provider=Provider.GITEA, full_name="acme/shop"
    )

    with pytest.raises(InvalidRequestError, match="not set up here: set DELTA_CI_GITEA_URL"):
        await register_repository(without, "ada", request)
    assert [await rows.all(table) for table in (ForgeLink, Repository)] == [[], []]

    await register_repository(core, "ada", request)
    assert (await rows.one(ForgeLink)).full_name == "acme/shop"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://forge.test/git/acme/shop.git", "acme/shop"),
        ("https://forge.test/git/group/sub/shop/", "group/sub/shop"),
        ("ssh://git@forge.test:2222/acme/shop.git", "acme/shop"),
        ("git@forge.test:acme/shop.git", "acme/shop"),
        ("https://mirror.test/acme/shop", "acme/shop"),
    ],
)
def test_the_name_is_what_the_address_says(url: str, name: str) -> None:
    assert name_in(url, "https://forge.test/git") == name


@pytest.mark.parametrize(
    "url",
    [
        "/srv/acme/shop",
        "https://forge.test/git",
        "https://forge.test/git/shop",
        "https://forge.test/git/acme/a%2Fb",
        f"https://forge.test/git/acme/{'x' * 300}",
    ],
)
def test_an_address_without_a_name_that_a_forge_gives_is_told_so(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="full_name is missing"):
        name_in(url, "https://forge.test/git")
