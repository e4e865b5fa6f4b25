"""Spec §3.6: recipes and routes."""

import asyncio
from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr

from deltaci.identity.roles import Role
from deltaci.store.tables import AuditEvent, DeployRecipe
from deltaci.testing.cataloguer import Cataloguer
from deltaci.testing.row_reader import RowReader

RECIPES = "/v1/recipes"
SECRET = "whsec_never-shown"
HOOK = {"engine": {"url": "https://deployer.example.test/deploy"}}


async def post(catalog: Cataloguer, **fields: Any) -> tuple[int, dict[str, Any]]:
    answer = await catalog.admin.post(RECIPES, json=catalog.recipe_body(**fields))
    assert SECRET not in answer.text
    return answer.status_code, answer.json()


async def put(catalog: Cataloguer, recipe: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    body = catalog.recipe_body(id=None) | fields
    body.pop("id", None) if "id" not in fields else None
    answer = await catalog.admin.put(f"{RECIPES}/{recipe}", json=body)
    assert SECRET not in answer.text
    return answer.status_code, answer.json()


async def test_adding_a_recipe_answers_200_and_hides_its_secret(catalog: Cataloguer) -> None:
    name = catalog.name("recipe")

    status, shown = await post(
        catalog, id=name, engine_type="webhook", spec=HOOK, secret=SECRET, change_reason="new"
    )

    assert status == 200
    assert shown == IsPartialDict(
        id=name,
        engine_type="webhook",
        has_secret=True,
        recipe_revision=1,
        status="active",
        created_by="root",
        last_change_reason="new",
        spec=IsPartialDict(
            engine=IsPartialDict(poll_interval_seconds=10), rollback={"automatic": False}
        ),
    )
    rows = RowReader(catalog.served.core)
    (row,) = await rows.all(DeployRecipe, DeployRecipe.id == name)
    assert row.sealed_secret is not None
    assert catalog.served.core.seal.open(row.sealed_secret) == SECRET
    (event,) = await rows.all(AuditEvent, AuditEvent.subject_id == name)
    assert SECRET not in str(event.details)


async def test_what_an_engine_needs_is_shown_to_admins_alone(catalog: Cataloguer) -> None:
    name = await catalog.recipe(engine_type="webhook", spec=HOOK, secret=SECRET)

    for role in (Role.DELIVERY_OWNER, Role.OBSERVER, Role.CI_PUBLISHER):
        shown = (await catalog.served.caller(role).get(f"{RECIPES}/{name}")).json()
        assert shown["effective_behavior_summary"] == "Does nothing."
        assert shown.keys().isdisjoint({"engine_type", "spec", "has_secret"})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": None}, None),
        ({"id": ""}, "RECIPE_ID_REQUIRED"),
        ({"name": None}, "RECIPE_NAME_REQUIRED"),
        ({"name": ""}, "RECIPE_NAME_REQUIRED"),
        ({"effective_behavior_summary": " "}, "RECIPE_BEHAVIOR_REQUIRED"),
        ({"effective_behavior_summary": "x" * 241}, "INVALID_REQUEST"),
        ({"status": "retired"}, "INVALID_STATUS"),
        ({"engine_type": "magic"}, "INVALID_REQUEST"),
        ({"engine_type": "webhook"}, "MISSING_ENGINE_APP"),
        ({"engine_type": "runner"}, "RECIPE_DEPLOY_PIPELINE_REQUIRED"),
        ({"spec": {"engine": {"seconds": -1}}}, "INVALID_REQUEST"),
        ({"spec": {"engine": {"speed": 1}}}, "INVALID_REQUEST"),
        ({"spec": {"timeout_seconds": 0}}, "INVALID_REQUEST"),
        ({"spec": {"verification": {"probe": {"url": "ftp://x"}}}}, "INVALID_REQUEST"),
    ],
)
async def test_what_makes_no_recipe_is_refused_by_its_own_code(
    catalog: Cataloguer, fields: dict[str, Any], code: str | None
) -> None:
    status, refusal = await post(catalog, **fields)

    assert (status, refusal["code"]) == (400, code or "RECIPE_ID_REQUIRED")


@pytest.mark.parametrize(
    "engine",
    [
        {"url": "https://user:word@deployer.example.test/"},
        {"url": "https://deployer.example.test/", "headers": {"Authorization": "Bearer x"}},
        {"url": "https://deployer.example.test/", "headers": {"X-A": "a\r\nX-B: b"}},
    ],
)
async def test_no_secret_and_no_second_header_hides_in_a_webhooks_settings(
    catalog: Cataloguer, engine: dict[str, Any]
) -> None:
    status, refusal = await post(catalog, engine_type="webhook", spec={"engine": engine})

    assert (status, refusal["code"]) == (400, "INVALID_REQUEST")


async def test_each_change_is_a_revision_and_all_are_kept(catalog: Cataloguer) -> None:
    name = await catalog.recipe(engine_type="webhook", spec=HOOK, secret=SECRET)

    _, second = await put(catalog, name, engine_type="webhook", spec=HOOK, name="Second")
    _, third = await put(catalog, name, name="Third", secret="", status="deprecated")

    assert (second["recipe_revision"], second["has_secret"]) == (2, True)
    assert (third["recipe_revision"], third["has_secret"]) == (3, False)
    kept = await catalog.admin.get(f"{RECIPES}/{name}/revisions", params={"limit": 2})
    assert [each["document"]["name"] for each in kept.json()] == ["Third", "Second"]
    assert all(each["fingerprint"] == IsStr(regex="[0-9a-f]{64}") for each in kept.json())
    rest = await catalog.admin.get(
        f"{RECIPES}/{name}/revisions", params={"cursor": kept.headers["X-Next-Cursor"]}
    )
    assert [each["recipe_revision"] for each in rest.json()] == [1]


async def test_an_id_is_given_once_and_never_changes(catalog: Cataloguer) -> None:
    name = await catalog.recipe()

    again, moved, unknown = (
        await post(catalog, id=name),
        await put(catalog, name, id="another"),
        await put(catalog, "unknown"),
    )

    assert (again[0], again[1]["code"]) == (409, "RECIPE_EXISTS")
    assert (moved[0], moved[1]["code"]) == (400, "ID_MISMATCH")
    assert (unknown[0], unknown[1]["code"]) == (404, "NOT_FOUND")


async def test_of_two_changes_of_one_revision_one_is_made(catalog: Cataloguer) -> None:
    name = await catalog.recipe()

    answers = await asyncio.gather(
        *(put(catalog, name, name=f"Name {each}", revision=1) for each in range(6))
    )

    assert sorted(status for status, _ in answers) == [200, *[409] * 5]
    kept = await catalog.admin.get(f"{RECIPES}/{name}/revisions")
    assert [each["recipe_revision"] for each in kept.json()] == [2, 1]


async def test_a_recipe_in_use_stays_and_routes_are_told_before_groups(
    catalog: Cataloguer,
) -> None:
    service, environment = await catalog.service(), await catalog.environment()
    name = await catalog.recipe()
    group = await catalog.group(allowed_recipes=[name])
    await catalog.route(service, environment, name)
    path = f"/v1/admin/recipes/{name}"

    routed = (await catalog.admin.delete(path)).json()
    await catalog.admin.delete(f"/v1/admin/services/{service}/environments/{environment}")
    listed = (await catalog.admin.delete(path)).json()
    await catalog.admin.put(f"/v1/delivery-groups/{group}", json={"name": "G"})
    removed = await catalog.admin.delete(path)

    assert (routed["code"], routed["failure_cause"]) == ("RECIPE_IN_USE", "POLICY_CHANGE")
    assert routed["details"] == {
        "recipe_id": name,
        "reference_type": "service_environment_routing",
        "reference_count": 1,
        "references": [{"service_id": service, "environment_id": environment}],
    }
    assert listed["details"] == {
        "recipe_id": name,
        "reference_type": "delivery_group_allowed_recipes",
        "reference_count": 1,
        "references": [{"delivery_group_id": group}],
    }
    assert removed.status_code == 204
    assert (await catalog.admin.get(f"{RECIPES}/{name}")).status_code == 404


async def test_every_environment_is_listed_with_a_services_route_or_null(
    catalog: Cataloguer,
) -> None:
    service, recipe = await catalog.service(), await catalog.recipe()
    routed, bare = await catalog.environment(), await catalog.environment()

    first = await catalog.route(service, routed, recipe)
    again = await catalog.route(service, routed, recipe)

    assert first.json() == again.json() == IsPartialDict(recipe_id=recipe, revision=1)
    listed = (await catalog.admin.get(f"/v1/admin/services/{service}/environments")).json()
    found = {each["environment_id"]: each["recipe_id"] for each in listed}
    assert (found[routed], found[bare]) == (recipe, None)


async def test_a_route_leads_only_to_what_there_is_and_is_not_retired(
    catalog: Cataloguer,
) -> None:
    service, recipe = await catalog.service(), await catalog.recipe()
    environment, retired = await catalog.environment(), await catalog.environment()
    retire = {"lifecycle_state": "retired"}
    await catalog.admin.patch(f"/v1/environments/{retired}", json=retire)

    for answer in (
        await catalog.route("nobody", environment, recipe),
        await catalog.route(service, "nowhere", recipe),
        await catalog.route(service, environment, "nothing"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    refused = await catalog.route(service, retired, recipe)
    assert (refused.status_code, refused.json()["code"]) == (409, "ENVIRONMENT_RETIRED")
    path = f"/v1/admin/services/{service}/environments/{environment}"
    missing = await catalog.admin.put(path, json={})
    assert (missing.status_code, missing.json()["code"]) == (400, "INVALID_REQUEST")
