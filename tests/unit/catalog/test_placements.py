"""What the catalog says of a service and an environment, on both databases."""

import pytest

from deltaci.core import Core
from deltaci.store.placements import (
    Placement,
    environments_in_order,
    find_placement,
    group_of,
)
from deltaci.testing.catalog_rows import CatalogRows
from deltaci.wire.catalog import EnvironmentType


async def placed(core: Core, service: str = "shop", environment: str = "prod") -> Placement:
    async with core.database.read() as tx:
        return await find_placement(tx, service, environment)


async def order_of(core: Core, service: str = "shop") -> list[str]:
    async with core.database.read() as tx:
        group = await group_of(tx, service)
        assert group is not None
        return [stage.environment.id for stage in await environments_in_order(tx, group)]


async def test_of_what_nobody_knows_nothing_is_said(core: Core) -> None:
    placement = await placed(core)

    assert placement == Placement(None, None, None, None, None, None)
    assert not placement.is_allowed


async def test_everything_that_is_said_is_found_at_once(core: Core, catalog: CatalogRows) -> None:
    for name in ("shop", "other"):
        await catalog.service(name)
    for name in ("prod", "dev"):
        await catalog.environment(name)
    await catalog.group("sellers", "shop")
    await catalog.group("others", "other")
    await catalog.binding("sellers", "prod", 2)
    await catalog.binding("others", "prod", 1)
    await catalog.recipe("default")
    await catalog.recipe("canary")
    await catalog.route("default", ["other"], "prod")
    await catalog.route("canary", ["shop"], "prod")

    placement = await placed(core)

    assert placement.product is not None
    assert placement.product.id == "shop"
    assert placement.environment is not None
    assert placement.environment.id == "prod"
    assert placement.group is not None
    assert placement.group.id == "sellers"
    assert placement.binding is not None
    assert placement.binding.order_index == 2
    assert placement.route is not None
    assert placement.recipe is not None
    assert placement.recipe.id == "canary"
    elsewhere = await placed(core, environment="dev")
    assert (elsewhere.binding, elsewhere.route, elsewhere.recipe) == (None, None, None)


async def test_the_environments_guardrails_count_before_the_groups(
    core: Core, catalog: CatalogRows
) -> None:
    await catalog.service("shop")
    await catalog.environment("prod")
    guardrails = {"daily_deploy_quota": 3, "required_approvals": 1, "soak_seconds": None}
    await catalog.group("sellers", "shop", guardrails=guardrails)
    await catalog.binding("sellers", "prod", guardrails={"required_approvals": 2})

    effective = (await placed(core)).guardrails

    assert effective.required_approvals == 2
    assert effective.daily_deploy_quota == 3
    assert effective.soak_seconds == 0
    assert effective.max_concurrent_deployments == 1
    assert effective.daily_rollback_quota == 10


@pytest.mark.parametrize(
    ("listed", "bound", "allowed"),
    [
        (None, None, True),
        ([], None, False),
        (["prod"], None, True),
        (["dev"], None, False),
        (["prod"], False, False),
        ([], True, True),
        (None, False, False),
    ],
)
async def test_a_binding_counts_before_the_groups_list(
    core: Core, catalog: CatalogRows, listed: list[str] | None, bound: bool | None, allowed: bool
) -> None:
    await catalog.service("shop")
    await catalog.environment("prod")
    await catalog.group("sellers", "shop", allowed_environments=listed)
    if bound is not None:
        await catalog.binding("sellers", "prod", is_enabled=bound)

    assert (await placed(core)).is_allowed is allowed


@pytest.fixture
async def four(catalog: CatalogRows) -> list[str]:
    await catalog.service("shop")
    kinds = {
        "a-prod": EnvironmentType.PRODUCTION,
        "b-dev": EnvironmentType.DEV,
        "c-staging": EnvironmentType.STAGING,
        "d-dev": EnvironmentType.DEV,
    }
    return [await catalog.environment(name, kind) for name, kind in kinds.items()]


@pytest.mark.usefixtures("four")
async def test_bindings_say_the_order_and_their_first_place_counts(
    core: Core, catalog: CatalogRows
) -> None:
    await catalog.group("sellers", "shop", allowed_environments=["b-dev"])
    await catalog.binding("sellers", "a-prod", 2)
    await catalog.binding("sellers", "d-dev", 0)
    await catalog.binding("sellers", "c-staging", 1, is_enabled=False)

    assert await order_of(core) == ["d-dev", "a-prod"]


@pytest.mark.usefixtures("four")
async def test_without_bindings_the_groups_list_says_the_order(
    core: Core, catalog: CatalogRows
) -> None:
    await catalog.group("sellers", "shop", allowed_environments=["c-staging", "b-dev", "gone"])

    assert await order_of(core) == ["c-staging", "b-dev"]


@pytest.mark.usefixtures("four")
async def test_without_a_list_the_types_say_the_order(core: Core, catalog: CatalogRows) -> None:
    await catalog.group("sellers", "shop")

    assert await order_of(core) == ["b-dev", "d-dev", "c-staging", "a-prod"]
