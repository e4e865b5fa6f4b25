"""Every engine in turn. A new one joins all of these tests by an entry in BENCHES."""

from collections.abc import AsyncIterator

import pytest

from deltaci.testing.engine_bench import BENCHES, EngineBench


@pytest.fixture(params=sorted(BENCHES))
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[EngineBench]:
    async with BENCHES[request.param]() as bench:
        yield bench


@pytest.fixture(params=sorted(BENCHES.keys() - {"noop"}))
async def outside(request: pytest.FixtureRequest) -> AsyncIterator[EngineBench]:
    """For what hangs on something outside of the engine."""
    async with BENCHES[request.param]() as bench:
        yield bench
