"""An issuer that really signs and serves its keys, and authenticators that trust it."""

from collections.abc import AsyncIterator

import pytest

from deltaci.testing.oidc_issuer import FakeIssuer
from deltaci.testing.settable_clock import SettableClock
from deltaci.testing.trust import Trust


@pytest.fixture
async def issuer(clock: SettableClock) -> AsyncIterator[FakeIssuer]:
    async with FakeIssuer(clock=clock) as issuer:
        yield issuer


@pytest.fixture
async def trust(clock: SettableClock) -> AsyncIterator[Trust]:
    trust = Trust(clock)
    yield trust
    await trust.close()
