"""Rules, deployments and attempts on both databases, with few words."""

import pytest

from deltaci.core import Core
from deltaci.testing.deployment_records import DeploymentRecords


@pytest.fixture
def records(core: Core) -> DeploymentRecords:
    return DeploymentRecords(core)
