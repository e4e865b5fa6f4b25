"""Rules, deployments and attempts on both databases, with few words."""

import pytest

from deltaci.core import Core
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.testing.request_desk import RequestDesk
from deltaci.testing.row_reader import RowReader


@pytest.fixture
def records(core: Core) -> DeploymentRecords:
    return DeploymentRecords(core)


@pytest.fixture
def desk(core: Core, rows: RowReader) -> RequestDesk:
    return RequestDesk(core, rows)
