"""Which secrets count for a delivery, and until when."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from deltaci.core import Core
from deltaci.errors import UnauthorizedError
from deltaci.forge_settings import GitHubSettings
from deltaci.repositories.register import register_repository
from deltaci.repositories.secrets import add_webhook_secret, remove_webhook_secret
from deltaci.sealing import Seal
from deltaci.store.tables import WebhookSecret
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.forge_webhook import pushed
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock
from deltaci.vcs.github.forge import github_forge
from deltaci.vcs.port import Provider
from deltaci.webhooks.receive import Reception, Verified
from deltaci.wire.forges import AddWebhookSecret
from deltaci.wire.repositories import CreateRepository

NAME = "acme/shop"
OLD, NEW = "the-old-secret", "the-new-secret"


@pytest.fixture
async def reception(core: Core, clock: SettableClock) -> Reception:
    request = CreateRepository.model_validate(
        {"repo_id": NAME, "url": "/srv/shop", "provider": "github", "full_name": NAME}
        | {"webhook_secret": OLD}
    )
    await register_repository(core, "ann", request)
    forge = github_forge(GitHubSettings(), 1.0, clock)
    return Reception(core, {Provider.GITHUB: forge})


async def verify(reception: Reception, secret: str, full_name: str = NAME) -> Verified:
    forge = FakeForge(Provider.GITHUB, webhook_secret=secret)
    headers, body = forge.delivery(full_name, pushed())
    lower = {name.lower(): value for name, value in headers.items()}
    return await reception.verify("github", lower, body)


async def test_a_removed_secret_counts_only_as_long_as_it_may_be_remembered(
    core: Core, rows: RowReader, reception: Reception, clock: SettableClock
) -> None:
    await verify(reception, OLD)
    await remove_webhook_secret(core, "ann", NAME, (await rows.one(WebhookSecret)).id)
    clock.advance(core.settings.webhook_secrets_cache_seconds - 0.1)
    await verify(reception, OLD)

    clock.advance(0.2)

    with pytest.raises(UnauthorizedError):
        await verify(reception, OLD)


async def test_an_added_secret_counts_at_once_and_makes_none_forgotten(
    core: Core, reception: Reception
) -> None:
    await verify(reception, OLD)
    with pytest.raises(UnauthorizedError):
        await verify(reception, NEW)

    request = AddWebhookSecret.model_validate({"repo_id": NAME, "secret": NEW})
    await add_webhook_secret(core, "ann", request)

    await verify(reception, NEW)
    await verify(reception, OLD)


async def test_a_known_repository_is_not_looked_up_again(
    core: Core, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verify(reception, OLD)
    monkeypatch.delattr(type(core.database), "read")

    verified = await verify(reception, OLD, NAME.upper())

    assert verified.repository is not None
    assert (verified.repository.repo_id, verified.by_forge) == (NAME, False)


async def test_what_was_verified_shows_no_secret(reception: Reception) -> None:
    verified = await verify(reception, OLD)

    assert OLD not in repr(verified)
    assert "sha256=" not in repr(verified)


async def test_a_secret_whose_key_is_gone_takes_no_other_with_it(
    core: Core, clock: SettableClock, reception: Reception
) -> None:
    rekeyed = replace(core, seal=Seal([Fernet.generate_key().decode()]))
    settings = GitHubSettings(webhook_secrets=SecretStr("a-secret-for-all"))
    later = Reception(rekeyed, {Provider.GITHUB: github_forge(settings, 1.0, clock)})

    with pytest.raises(UnauthorizedError):
        await verify(later, OLD)
    await verify(later, "a-secret-for-all")
    request = AddWebhookSecret.model_validate({"repo_id": NAME, "secret": NEW})
    await add_webhook_secret(rekeyed, "ann", request)
    await verify(later, NEW)
