import pytest

from deltaci.testing.cataloguer import Cataloguer
from deltaci.testing.registrar import Registrar


@pytest.fixture
def catalog(registry_on_each_database: Registrar) -> Cataloguer:
    """An admin of the API on each database in turn, who shares the catalog with other tests."""
    return Cataloguer(registry_on_each_database)
