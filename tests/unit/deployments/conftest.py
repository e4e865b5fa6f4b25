"""A shop that can be deployed, on each database."""

import pytest

from deltaci.core import Core
from deltaci.testing.deployment_bench import DeploymentBench
from deltaci.testing.factories import Factory
from deltaci.testing.settable_clock import SettableClock


@pytest.fixture
async def bench(factory: Factory, clock: SettableClock) -> DeploymentBench:
    """The shop with three registered versions; changes may be asked for often."""
    core: Core = factory.under(mutate_rpm=5000, read_rpm=5000).core
    return await DeploymentBench(core, clock).open("1.0.0", "1.1.0", "2.0.0")
