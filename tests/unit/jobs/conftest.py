from collections.abc import Callable
from typing import Any

import pytest

from deltaci.errors import StaleLeaseError


@pytest.fixture
def stale() -> Callable[[str], Any]:
    """`with stale("LEASE_EXPIRED"):` the block must be refused as stale for this reason."""

    def expected(reason: str) -> Any:
        return pytest.raises(StaleLeaseError, check=lambda error: error.reason == reason)

    return expected
