import pytest

from deltaci.core import Core
from deltaci.testing.catalog_rows import CatalogRows


@pytest.fixture
def catalog(core: Core) -> CatalogRows:
    return CatalogRows(core)
