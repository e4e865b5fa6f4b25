"""A link with a forge is made only where its deliveries would be heard."""

from dataclasses import replace

import pytest

from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.forge_settings import GiteaSettings
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
