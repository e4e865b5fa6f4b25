"""Events on their way into a database of each kind."""

import pytest

from deltaci.core import Core
from deltaci.testing.teller import Teller


@pytest.fixture
def teller(core: Core) -> Teller:
    return Teller(core)
