"""Spec §3.6: what refers to an environment keeps its type, and keeps it there."""

import asyncio
from typing import Any

import pytest

from deltaci.states import DeploymentState
from deltaci.store.catalog import ensure_environment, ensure_product, ensure_version
from deltaci.store.tables import Deployment
from deltaci.testing.cataloguer import Cataloguer
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.deployments import Origin

ENVIRONMENTS = "/v1/environments"


async def patch(catalog: Cataloguer, name: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await catalog.admin.patch(f"{ENVIRONMENTS}/{name}", json=body)
    return answer.status_code, answer.json()


async def deployed(catalog: Cataloguer, environment: str, origin: Origin) -> str:
    """Put a deployment there, as if one had been asked for or reported."""
    core = catalog.served.core
    now = core.clock()
    service = await catalog.service()
    async with core.database.write() as tx:
        await ensure_product(tx, service, "t", now)
        version = await ensure_version(tx, service, "1.0.0", None, "t", now)
        await ensure_environment(tx, environment, EnvironmentType.OTHER, "t", now)
        row = Deployment(
            id=catalog.name("deployment"),
            origin=origin,
            product=service,
            version="1.0.0",
            version_id=version.id,
            environment=environment,
            state=DeploymentState.SUCCEEDED,
            state_reason="",
            extra_metadata={},
            created_by="t",
            created_at=now,
            updated_at=now,
        )
        tx.add(row)
    return row.id


@pytest.mark.parametrize("reference", ["deployment", "route", "binding", "list"])
async def test_production_stays_production_while_something_refers_to_it(
    catalog: Cataloguer, reference: str
) -> None:
    name = await catalog.environment(type="prod")
    await refer(catalog, name, reference)

    status, refusal = await patch(catalog, name, type="non_prod")

    assert (status, refusal["code"]) == (409, "ENVIRONMENT_TYPE_LOCKED")
    assert refusal["failure_cause"] == "USER_ERROR"
    assert (await patch(catalog, name, type="prod", display_name="Live"))[0] == 200


async def refer(catalog: Cataloguer, environment: str, reference: str) -> None:
    if reference == "deployment":
        await deployed(catalog, environment, Origin.ASKED)
    elif reference == "route":
        await catalog.route(await catalog.service(), environment, await catalog.recipe())
    elif reference == "binding":
        await catalog.bind(await catalog.group(), environment)
    else:
        await catalog.group(allowed_environments=[environment])


async def test_a_type_that_was_guessed_from_events_can_be_put_right(catalog: Cataloguer) -> None:
    name = catalog.name("Blue_Zone")
    await deployed(catalog, name, Origin.REPORTED)

    status, shown = await patch(catalog, name, type="prod")

    assert (status, shown["kind"]) == (200, "production")


async def test_all_that_refers_to_an_environment_is_told(catalog: Cataloguer) -> None:
    name = await catalog.environment()
    deployments = [await deployed(catalog, name, origin) for origin in Origin]
    for reference in ("route", "binding", "list"):
        await refer(catalog, name, reference)

    answer = await catalog.admin.delete(f"{ENVIRONMENTS}/{name}")

    refusal = answer.json()
    assert (answer.status_code, refusal["code"]) == (409, "ENVIRONMENT_DELETE_BLOCKED_REFERENCED")
    assert refusal["details"]["environment_id"] == name
    counts = {each["reference_type"]: each for each in refusal["details"]["references"]}
    assert {kind: each["count"] for kind, each in counts.items()} == {
        "deployments": 2,
        "service_environment_routing": 1,
        "delivery_group_environment_policy": 1,
        "delivery_group_allowed_environments": 1,
    }
    assert set(counts["deployments"]["examples"]) == set(deployments)
    assert (await catalog.admin.get(f"{ENVIRONMENTS}/{name}")).status_code == 200


async def test_a_removal_and_a_binding_at_once_leave_no_orphan(catalog: Cataloguer) -> None:
    group = await catalog.group()
    for _ in range(5):
        name = await catalog.environment()

        removed, bound = await asyncio.gather(
            catalog.admin.delete(f"{ENVIRONMENTS}/{name}"), catalog.bind(group, name)
        )

        assert (removed.status_code, bound.status_code) in {(204, 404), (409, 200)}
