from collections.abc import Callable

import pytest

from deltaci.testing.factories import REPOSITORY, Factory
from deltaci.vcs.port import Delivery, Event, Provider
from deltaci.webhooks.decide import KnownRepository, decide
from deltaci.webhooks.keep import Receipt

MakeReceipt = Callable[..., Receipt]


@pytest.fixture
async def receipt(factory: Factory) -> MakeReceipt:
    """Make the receipt of a verified delivery about a registered repository."""
    await factory.repository()

    def receipt(event: Event, delivery_id: str = "", *, repo_id: str = REPOSITORY) -> Receipt:
        known = KnownRepository(repo_id, Provider.GITHUB, repo_id, forge=None)
        delivery = Delivery(
            event=type(event).__name__,
            delivery_id=delivery_id,
            full_name=repo_id,
            body=repr(event).encode(),
            payload={},
            headers={},
        )
        decision = decide(event, known, factory.core.settings)
        return Receipt(Provider.GITHUB, delivery, decision, repo_id)

    return receipt
