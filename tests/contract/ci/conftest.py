from collections.abc import AsyncIterator

import pytest

from api.app import build_app
from deltaci.testing.build_registry import BuildRegistry, running_registry


@pytest.fixture
async def registry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BuildRegistry]:
    """An API that admits every CI's job, with no build yet."""
    async with running_registry(build_app, tmp_path_factory.mktemp("registry")) as running:
        yield running
