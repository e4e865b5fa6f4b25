"""Bitbucket abbreviates the heads of pull requests; their runs are for whole commits."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.forge_settings import BitbucketSettings
from deltaci.repositories.register import register_repository
from deltaci.store.tables import Run, WebhookDelivery
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.forge_webhook import opened
from deltaci.testing.row_reader import RowReader
from deltaci.vcs.bitbucket.forge import bitbucket_forge
from deltaci.vcs.port import Provider, PullRequest
from deltaci.webhooks.receive import Reception
from deltaci.wire.forges import WebhookAccepted
from deltaci.wire.repositories import CreateRepository

NAME = "acme/shop"
SECRET, TOKEN = "a-webhook-secret", "a-forge-token"
HEAD = "c0ffee" * 6 + "cafe"


@dataclass
class Bitbucket:
    """Delivers to a reception that asks it back."""

    fake: FakeForge
    reception: Reception

    async def deliver(self, event: PullRequest) -> WebhookAccepted:
        headers, body = self.fake.delivery(NAME, event)
        lower = {name.lower(): value for name, value in headers.items()}
        verified = await self.reception.verify("bitbucket", lower, body)
        return await self.reception.receive(verified)


@pytest.fixture
async def bitbucket(core: Core) -> AsyncIterator[Bitbucket]:
    request = CreateRepository(
        repo_id=NAME,
        url="/srv/shop",
        provider=Provider.BITBUCKET,
        full_name=NAME,
        webhook_secret=SecretStr(SECRET),
        token=SecretStr(TOKEN),
    )
    await register_repository(core, "ann", request)
    async with FakeForge(Provider.BITBUCKET, token=TOKEN, webhook_secret=SECRET) as fake:
        fake.repository(NAME).commits.add(HEAD)
        forge = bitbucket_forge(BitbucketSettings(api_url=fake.api_url), 5.0)
        yield Bitbucket(fake, Reception(core, {Provider.BITBUCKET: forge}))
        await forge.close()


async def test_the_run_is_for_the_whole_commit(bitbucket: Bitbucket, rows: RowReader) -> None:
    event = opened(NAME, head_sha=HEAD)

    answers = [await bitbucket.deliver(event) for _ in range(2)]

    assert [each.outcome for each in answers] == ["RUN_CREATED", "DUPLICATE"]
    assert (await rows.one(Run)).commit_sha == HEAD
    assert bitbucket.fake.violations == []


async def test_while_it_cannot_be_asked_the_delivery_is_to_be_sent_again(
    bitbucket: Bitbucket, rows: RowReader
) -> None:
    await bitbucket.fake.go_down()
    with pytest.raises(UnavailableError):
        await bitbucket.deliver(opened(NAME, head_sha=HEAD))
    assert await rows.all(WebhookDelivery) == []

    await bitbucket.fake.come_back()

    assert (await bitbucket.deliver(opened(NAME, head_sha=HEAD))).outcome == "RUN_CREATED"


async def test_a_commit_that_it_does_not_tell_has_no_run(
    bitbucket: Bitbucket, rows: RowReader
) -> None:
    with pytest.raises(InvalidRequestError, match="would not tell"):
        await bitbucket.deliver(opened(NAME, head_sha="beef" * 10))

    kept = await rows.one(WebhookDelivery)
    assert (kept.outcome, kept.run_id) == ("REJECTED", None)
    assert TOKEN not in kept.reason
    assert await rows.all(Run) == []
