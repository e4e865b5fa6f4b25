"""Spec §2.5: admins see every environment, others those of the groups that they own."""

import pytest

from deltaci.catalog.environments.read import list_environments
from deltaci.core import Core
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.testing.catalog_rows import CatalogRows


async def seen(core: Core, role: Role, email: str = "ada@example.test") -> list[str]:
    caller = Principal("ada", OUR_ISSUER, frozenset({role}), email=email)
    page, following = await list_environments(core, caller, limit=10, cursor="")
    assert following is None
    return [each.id for each in page]


@pytest.fixture
async def places(catalog: CatalogRows) -> None:
    for name in ("bound", "listed", "other"):
        await catalog.environment(name)
    await catalog.group("a", owner="bob@example.test,ada@example.test")
    await catalog.binding("a", "bound")
    await catalog.group("b", owner="ada@example.test", allowed_environments=["listed"])
    await catalog.group("c", owner="eve@example.test", allowed_environments=["other"])


@pytest.mark.usefixtures("places")
async def test_admins_see_all(core: Core) -> None:
    assert await seen(core, Role.ADMIN) == ["bound", "listed", "other"]


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("role", [Role.DELIVERY_OWNER, Role.OBSERVER, Role.CI_PUBLISHER])
async def test_others_see_what_is_their_groups(core: Core, role: Role) -> None:
    assert await seen(core, role, "Ada@Example.test") == ["bound", "listed"]
    assert await seen(core, role, "") == []
