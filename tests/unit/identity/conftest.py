"""An issuer that really signs and serves its keys, and authenticators that trust it."""

from collections.abc import AsyncIterator

import pytest

from deltaci.testing.oidc_issuer import FakeIssuer, IssuerKey
from deltaci.testing.settable_clock import SettableClock
from deltaci.testing.trust import Trust


@pytest.fixture(scope="session")
def rsa_key() -> IssuerKey:
    """Made once: that takes longer than a test."""
    return IssuerKey.generate("key-1", "RS256")


@pytest.fixture
async def issuer(clock: SettableClock, rsa_key: IssuerKey) -> AsyncIterator[FakeIssuer]:
    async with FakeIssuer(key=rsa_key, clock=clock) as issuer:
        yield issuer


@pytest.fixture
async def trust(clock: SettableClock) -> AsyncIterator[Trust]:
    trust = Trust(clock)
    yield trust
    await trust.close()
