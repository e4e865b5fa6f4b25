"""A key that is gone takes what it sealed with it, and nothing else."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from deltaci.core import Core
from deltaci.repositories.place import place_of
from deltaci.repositories.register import register_repository
from deltaci.repositories.secrets import add_webhook_secret, list_webhook_secrets
from deltaci.sealing import Seal
from deltaci.store.forges import find_link
from deltaci.vcs.port import ForgeRefusedError, Provider
from deltaci.wire.forges import AddWebhookSecret
from deltaci.wire.repositories import CreateRepository

LINKED = CreateRepository(
    repo_id="acme/shop",
    url="/srv/shop",
    provider=Provider.GITHUB,
    full_name="acme/shop",
    webhook_secret=SecretStr("sealed with the old key"),
    token=SecretStr("a token of its own"),
)


@pytest.fixture
async def keyless(core: Core) -> Core:
    """A core that holds another key than what is stored was sealed with."""
    await register_repository(core, "ada", LINKED)
    return replace(core, seal=Seal([Fernet.generate_key().decode()]))


async def test_another_secret_can_be_added_at_once(keyless: Core) -> None:
    fresh = AddWebhookSecret(repo_id="acme/shop", secret=SecretStr("sealed with the new key"))
    await add_webhook_secret(keyless, "ada", fresh)

    assert len((await list_webhook_secrets(keyless, "acme/shop")).secrets) == 2


async def test_the_token_is_to_be_given_again(keyless: Core) -> None:
    async with keyless.database.read() as tx:
        link = await find_link(tx, "acme/shop")
    assert link is not None

    with pytest.raises(ForgeRefusedError, match="give it again") as refused:
        place_of(keyless, link)
    assert "a token of its own" not in str(refused.value)

    await register_repository(keyless, "ada", LINKED)
    async with keyless.database.read() as tx:
        link = await find_link(tx, "acme/shop")
    assert link is not None
    assert place_of(keyless, link).token == "a token of its own"
