"""Spec §3.6: what a group may do where, and what is said of a group or recipe beforehand."""

from typing import Any

import pytest
from dirty_equals import IsPartialDict

from deltaci.testing.cataloguer import Cataloguer

GROUPS = "/v1/delivery-groups"


async def test_bindings_come_in_the_order_of_promotions(catalog: Cataloguer) -> None:
    group = await catalog.group()
    places = [await catalog.environment() for _ in range(3)]
    for place in places:
        await catalog.bind(group, place)

    await catalog.bind(group, places[0], order_index=7, guardrails={"required_approvals": 1})
    patched = await catalog.bind(group, places[0], is_enabled=False)

    assert patched.json() == IsPartialDict(
        delivery_group_id=group,
        environment_id=places[0],
        is_enabled=False,
        order_index=7,
        guardrails=IsPartialDict(required_approvals=1, soak_seconds=None),
    )
    listed = await catalog.admin.get(f"/v1/admin/delivery-groups/{group}/environments")
    assert [each["environment_id"] for each in listed.json()] == [*places[1:], places[0]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"order_index": -1}, "INVALID_REQUEST"),
        ({"order_index": True}, "INVALID_REQUEST"),
        ({"is_enabled": "no"}, "INVALID_REQUEST"),
        ({"guardrails": {"on_lock": "wait"}}, "INVALID_GUARDRAIL"),
    ],
)
async def test_a_binding_that_means_nothing_is_refused(
    catalog: Cataloguer, body: dict[str, Any], code: str
) -> None:
    refused = await catalog.bind(await catalog.group(), await catalog.environment(), **body)

    assert (refused.status_code, refused.json()["code"]) == (400, code)


async def test_only_what_is_known_is_bound_and_unbinding_undoes_it(catalog: Cataloguer) -> None:
    group, environment = await catalog.group(), await catalog.environment()
    path = f"/v1/admin/delivery-groups/{group}/environments"
    await catalog.bind(group, environment)

    assert (await catalog.bind("unknown", environment)).status_code == 404
    assert (await catalog.bind(group, "unknown")).status_code == 404
    assert (await catalog.admin.delete(f"{path}/{environment}")).status_code == 204
    assert (await catalog.admin.delete(f"{path}/{environment}")).status_code == 404
    assert (await catalog.admin.get(path)).json() == []


async def test_a_retired_environment_is_bound_only_as_disabled(catalog: Cataloguer) -> None:
    group, environment = await catalog.group(), await catalog.environment()
    retire = {"lifecycle_state": "retired"}
    await catalog.admin.patch(f"/v1/environments/{environment}", json=retire)

    enabled = await catalog.bind(group, environment)
    disabled = await catalog.bind(group, environment, is_enabled=False)

    assert (enabled.status_code, enabled.json()["code"]) == (409, "ENVIRONMENT_RETIRED")
    assert enabled.json()["failure_cause"] == "POLICY_CHANGE"
    assert disabled.status_code == 200


async def preview(catalog: Cataloguer, **body: Any) -> dict[str, Any]:
    answer = await catalog.admin.post("/v1/admin/guardrails/validate", json=body)
    previewed: dict[str, Any] = answer.json()
    return previewed


async def test_a_preview_tells_everything_and_stores_nothing(catalog: Cataloguer) -> None:
    empty = await preview(catalog, id="preview", name="P", services=[], allowed_recipes=[])
    wrong = await preview(catalog, name="P", services=["nobody"], guardrails={"soak_seconds": -1})

    assert empty["validation_status"] == "WARNING"
    assert {"services", "allowed_recipes"} <= {each["field"] for each in empty["messages"]}
    assert wrong["validation_status"] == "ERROR"
    assert {"id", "guardrails.soak_seconds"} <= {
        each["field"] for each in wrong["messages"] if each["type"] == "ERROR"
    }
    assert (await catalog.admin.get(f"{GROUPS}/preview")).status_code == 404


async def test_a_recipe_is_previewed_too_and_nothing_else(catalog: Cataloguer) -> None:
    fine = await preview(catalog, **catalog.recipe_body())
    bare = await preview(catalog, id="recipe", name="R")
    hook = await preview(catalog, **catalog.recipe_body(engine_type="webhook"))

    assert fine == {"validation_status": "OK", "messages": []}
    assert bare["validation_status"] == "ERROR"
    assert [each["field"] for each in hook["messages"]] == ["spec.engine.url"]
    assert (await preview(catalog, colour="red"))["code"] == "INVALID_REQUEST"
