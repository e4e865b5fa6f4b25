"""Deployments over HTTP (spec §3): shapes, statuses, refusals, and who sees what."""

import itertools
from typing import Any

import httpx2
import pytest

from deltaci.identity.roles import Role
from deltaci.testing.catalog_rows import CatalogRows
from deltaci.testing.registrar import Registrar

NUMBERS = itertools.count(1)
PUBLIC = {
    *("id", "service", "environment", "version", "sourceEnvironment", "recipeId"),
    *("recipeRevision", "effectiveBehaviorSummary", "state", "deploymentKind", "outcome"),
    *("changeSummary", "createdAt", "updatedAt", "rollbackOf", "deliveryGroupId", "engine_type"),
    *("failures", "stateReason", "waitsFor", "rolledBackBy", "supersededBy"),
}
OF_ADMINS = {
    *("engineExecutionId", "engineExecutionUrl", "actorIdentity", "policySnapshot"),
    "intentCorrelationId",
}
OWNER = "olga"


@pytest.fixture
async def shop(registry: Registrar) -> str:
    """A service that may be deployed, with one registered version."""
    build = await registry.build(version="1.0.0")
    (await registry.register(build)).raise_for_status()
    service, catalog = str(build["service"]), CatalogRows(registry.served.core)
    await catalog.environment("dev")
    recipe = await catalog.recipe(f"recipe-{service}")
    await catalog.group(f"group-{service}", service, owner=OWNER, allowed_recipes=[recipe])
    await catalog.route(recipe, [service], "dev")
    return service


def intent(service: str, **changes: Any) -> dict[str, Any]:
    usual = {"service": service, "environment": "dev", "version": "1.0.0", "changeSummary": "x"}
    return {name: value for name, value in (usual | changes).items() if value is not None}


async def ask(client: httpx2.AsyncClient, body: dict[str, Any], key: str = "") -> httpx2.Response:
    headers = {"Idempotency-Key": key or f"deploy-{next(NUMBERS)}"}
    return await client.post("/v1/deployments", json=body, headers=headers)


async def test_a_version_that_is_not_registered_is_not_found(
    registry: Registrar, shop: str
) -> None:
    """The seed: «If a service/version is not registered, deploy is denied»."""
    refused = await ask(registry.admin, intent(shop, version="9.9.9"))

    body = refused.json()
    assert (refused.status_code, body["code"]) == (400, "VERSION_NOT_FOUND")
    assert (body["error_code"], body["failure_cause"]) == ("VERSION_NOT_FOUND", "USER_ERROR")
    assert [each["code"] for each in body["details"]["violations"]] == ["VERSION_NOT_FOUND"]


async def test_a_registered_version_is_deployed(registry: Registrar, shop: str) -> None:
    made = await ask(registry.admin, intent(shop), key="k-" + shop)
    again = await ask(registry.admin, intent(shop), key="k-" + shop)

    assert (made.status_code, again.status_code) == (201, 201)
    assert made.headers["Idempotency-Replayed"] == "false"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert made.json() == again.json()
    assert set(made.json()) == PUBLIC | OF_ADMINS


async def test_owners_see_no_more_than_the_public_record(registry: Registrar, shop: str) -> None:
    owner = registry.served.caller(Role.DELIVERY_OWNER, subject=OWNER)

    made = await ask(owner, intent(shop))

    assert made.status_code == 201
    assert set(made.json()) == PUBLIC


async def test_owners_of_other_groups_are_out_of_scope_everywhere(
    registry: Registrar, shop: str
) -> None:
    stranger = registry.served.caller(Role.DELIVERY_OWNER, subject="otto")
    made = (await ask(registry.admin, intent(shop))).json()

    refusals = [
        await ask(stranger, intent(shop)),
        await stranger.get(f"/v1/deployments/{made['id']}"),
        await stranger.get(f"/v1/deployments/{made['id']}/timeline"),
        await stranger.post(f"/v1/deployments/{made['id']}/cancel"),
    ]
    assert {each.status_code for each in refusals} == {403}
    assert {each.json()["code"] for each in refusals} == {"DELIVERY_GROUP_SCOPE_REQUIRED"}
    assert (await stranger.get("/v1/deployments", params={"service": shop})).json() == []


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.CI_PUBLISHER])
async def test_only_deployers_deploy(registry: Registrar, shop: str, role: Role) -> None:
    refused = await ask(registry.served.caller(role, subject=f"ci-{role}"), intent(shop))

    assert (refused.status_code, refused.json()["code"]) == (403, "ROLE_FORBIDDEN")


async def test_a_missing_key_is_told_after_the_switch(registry: Registrar, shop: str) -> None:
    refused = await registry.admin.post("/v1/deployments", json=intent(shop))

    assert (refused.status_code, refused.json()["code"]) == (400, "IDMP_KEY_REQUIRED")


async def test_a_key_of_something_else_is_a_conflict(registry: Registrar, shop: str) -> None:
    await ask(registry.admin, intent(shop), key="c-" + shop)

    refused = await ask(registry.admin, intent(shop, changeSummary="y"), key="c-" + shop)

    assert (refused.status_code, refused.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")


async def test_the_second_is_refused_while_the_first_is_under_way(
    registry: Registrar, shop: str
) -> None:
    await ask(registry.admin, intent(shop))

    refused = await ask(registry.admin, intent(shop))

    assert (refused.status_code, refused.json()["code"]) == (409, "CONCURRENCY_LIMIT_REACHED")
    assert refused.json()["failure_cause"] == "POLICY_CHANGE"


async def test_validating_tells_everything_and_the_earliest_moments(
    registry: Registrar, shop: str
) -> None:
    await ask(registry.admin, intent(shop))
    body = intent(shop, version="9.9.9", recipeId="canary")

    refused = await registry.admin.post("/v1/deployments/validate", json=body)

    violations = refused.json()["details"]["violations"]
    assert [each["code"] for each in violations] == [
        "RECIPE_ID_MISMATCH",
        "VERSION_NOT_FOUND",
        "CONCURRENCY_LIMIT_REACHED",
    ]
    assert [each["http_status"] for each in violations] == [400, 400, 409]
    assert refused.json()["code"] == "RECIPE_ID_MISMATCH"


async def test_what_is_valid_is_said_as_the_contract_says_it(
    registry: Registrar, shop: str
) -> None:
    valid = await registry.admin.post("/v1/deployments/validate", json=intent(shop))

    assert valid.status_code == 200
    assert set(valid.json()) == {
        *("service", "environment", "version", "recipeId", "deliveryGroupId"),
        *("versionRegistered", "policy", "validatedAt"),
    }
    assert set(valid.json()["policy"]) == {
        *("max_concurrent_deployments", "current_concurrent_deployments"),
        *("daily_deploy_quota", "deployments_used", "deployments_remaining"),
        "daily_quota_build_register",
    }


async def test_validating_uses_no_quota(registry: Registrar, shop: str) -> None:
    await registry.admin.post("/v1/deployments/validate", json=intent(shop))
    valid = await registry.admin.post("/v1/deployments/validate", json=intent(shop))

    assert valid.json()["policy"]["deployments_used"] == 0


async def test_the_summary_needs_no_version(registry: Registrar, shop: str) -> None:
    body = {"service": shop, "environment": "dev"}

    summary = (await registry.admin.post("/v1/policy/summary", json=body)).json()

    assert summary["resolvedRecipe"]["id"] == f"recipe-{shop}"


async def test_nothing_is_changed_by_force(registry: Registrar, shop: str) -> None:
    made = (await ask(registry.admin, intent(shop))).json()

    for method in ("PUT", "PATCH", "POST"):
        refused = await registry.admin.request(method, f"/v1/deployments/{made['id']}", json={})
        assert refused.status_code == 405


async def test_reads_follow_a_deployment(registry: Registrar, shop: str) -> None:
    made = (await ask(registry.admin, intent(shop))).json()
    observer = registry.served.caller(Role.OBSERVER, subject="oscar")

    listed = (await observer.get("/v1/deployments", params={"service": shop})).json()
    timeline = (await observer.get(f"/v1/deployments/{made['id']}/timeline")).json()
    status = await observer.get(
        f"/v1/services/{shop}/delivery-status", params={"environment": "dev"}
    )
    running = await observer.get(f"/v1/services/{shop}/running", params={"environment": "dev"})
    actions = (await observer.get(f"/v1/services/{shop}/allowed-actions")).json()
    insights = (await observer.get("/v1/insights/failures", params={"service": shop})).json()

    assert [each["id"] for each in listed] == [made["id"]]
    assert [each["key"] for each in timeline] == ["submitted", "validated", "in_progress"]
    assert status.json()["latest"]["id"] == made["id"]
    assert running.json() is None
    assert actions["actions"]["deploy"] is False
    assert (insights["totalDeployments"], insights["rollbackRate"]) == (1, 0.0)


async def test_a_callback_that_is_not_signed_is_nobodys(registry: Registrar, shop: str) -> None:
    made = (await ask(registry.admin, intent(shop))).json()

    for deployment_id in (made["id"], "nothing"):
        answer = await registry.admin.post(f"/v1/deployments/{deployment_id}/callback", json={})
        assert answer.status_code == 401
