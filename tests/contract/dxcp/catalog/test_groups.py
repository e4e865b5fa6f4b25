"""Spec §3.6: delivery groups, what they may do where, and the preview of both."""

import asyncio
from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr

from deltaci.store.tables import AuditEvent
from deltaci.testing.cataloguer import Cataloguer
from deltaci.testing.row_reader import RowReader

GROUPS = "/v1/delivery-groups"


async def post(catalog: Cataloguer, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await catalog.admin.post(GROUPS, json=body)
    return answer.status_code, answer.json()


async def put(catalog: Cataloguer, group_id: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await catalog.admin.put(f"{GROUPS}/{group_id}", json=body)
    return answer.status_code, answer.json()


async def test_an_added_group_is_shown_with_the_defaults_of_its_guardrails(
    catalog: Cataloguer,
) -> None:
    service, recipe = await catalog.service(), await catalog.recipe()
    name = catalog.name("group")

    status, shown = await post(
        catalog,
        id=name,
        name="Sellers",
        owner="Ada@Example.test , bob@example.test",
        services=[service],
        allowed_recipes=[recipe],
        guardrails={"daily_deploy_quota": 3},
    )

    assert status == 201
    assert shown == IsPartialDict(
        id=name,
        owner="ada@example.test,bob@example.test",
        services=[service],
        allowed_environments=None,
        allowed_recipes=[recipe],
        guardrails=IsPartialDict(
            max_concurrent_deployments=1, daily_deploy_quota=3, daily_rollback_quota=10
        ),
        revision=1,
        created_by="root",
        updated_by="root",
        created_at=IsStr(regex=".*Z"),
        last_change_reason="",
    )
    assert (await catalog.admin.get(f"{GROUPS}/{name}")).json() == shown
    assert shown in (await catalog.admin.get(GROUPS)).json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "G"}, "MISSING_ID"),
        ({"id": "", "name": "G"}, "MISSING_ID"),
        ({"id": "g"}, "MISSING_NAME"),
        ({"id": "g", "name": " "}, "MISSING_NAME"),
        ({"id": "g", "name": "G", "owner": "somebody"}, "INVALID_OWNER"),
        ({"id": "g", "name": "G", "owner": "a@b.test,,c@d.test"}, "INVALID_OWNER"),
        ({"id": "g", "name": "G", "services": "shop"}, "INVALID_SERVICES"),
        ({"id": "g", "name": "G", "services": ["a", "a"]}, "INVALID_SERVICES"),
        ({"id": "g", "name": "G", "services": ["nobody"]}, "SERVICE_NOT_ALLOWLISTED"),
        ({"id": "g", "name": "G", "allowed_environments": [1]}, "INVALID_ENVIRONMENTS"),
        ({"id": "g", "name": "G", "allowed_environments": ["moon"]}, "INVALID_ENVIRONMENTS"),
        ({"id": "g", "name": "G", "allowed_recipes": [""]}, "INVALID_RECIPES"),
        ({"id": "g", "name": "G", "allowed_recipes": ["gone"]}, "RECIPE_NOT_FOUND"),
        ({"id": "g", "name": "G", "guardrails": {"speed": 1}}, "INVALID_GUARDRAIL"),
        *(
            ({"id": "g", "name": "G", "guardrails": {"daily_deploy_quota": bad}}, code)
            for code in ("INVALID_GUARDRAIL",)
            for bad in (0, -1, True, "5", 1.5, 10**9)
        ),
        (
            {"id": "g", "name": "G", "guardrails": {"freeze_windows": [{"reason": "a\0b"}]}},
            "INVALID_GUARDRAIL",
        ),
        (
            {"id": "g", "name": "G", "guardrails": {"approver_roles": ["runner"]}},
            "INVALID_GUARDRAIL",
        ),
    ],
)
async def test_what_makes_no_group_is_refused_by_its_own_code(
    catalog: Cataloguer, body: dict[str, Any], code: str
) -> None:
    status, refusal = await post(catalog, **body)

    assert (status, refusal["code"]) == (400, code)


async def test_a_service_belongs_to_one_group(catalog: Cataloguer) -> None:
    service = await catalog.service()
    first = await catalog.group(services=[service])

    status, refusal = await post(
        catalog, id=catalog.name("group"), name="Other", services=[service]
    )

    assert (status, refusal["code"]) == (409, "SERVICE_ALREADY_ASSIGNED")
    assert refusal["details"] == IsPartialDict(service=service, delivery_group_id=first)
    await put(catalog, first, name="Sellers", services=[])
    assert (await post(catalog, id=catalog.name("group"), name="O", services=[service]))[0] == 201


async def test_of_groups_that_want_one_service_at_once_one_gets_it(catalog: Cataloguer) -> None:
    service = await catalog.service()

    answers = await asyncio.gather(
        *(post(catalog, id=catalog.name("group"), name="G", services=[service]) for _ in range(5))
    )

    assert sorted(status for status, _ in answers) == [201, 409, 409, 409, 409]


async def test_an_id_is_given_once_and_never_changes(catalog: Cataloguer) -> None:
    name = await catalog.group()

    again = await post(catalog, id=name, name="Again")
    moved = await put(catalog, name, id="another", name="Moved")
    unknown = await put(catalog, "unknown", name="Nobody")

    assert (again[0], again[1]["code"]) == (409, "DELIVERY_GROUP_EXISTS")
    assert (moved[0], moved[1]["code"]) == (400, "ID_MISMATCH")
    assert (unknown[0], unknown[1]["code"]) == (404, "NOT_FOUND")


async def test_environments_that_a_change_leaves_out_stay_and_null_means_any(
    catalog: Cataloguer,
) -> None:
    environment = await catalog.environment()
    name = await catalog.group(allowed_environments=[environment])

    _, left_out = await put(catalog, name, name="Sellers")
    _, null = await put(catalog, name, name="Sellers", allowed_environments=None)

    assert left_out["allowed_environments"] == [environment]
    assert null["allowed_environments"] is None


async def test_a_change_is_on_record_key_by_key(catalog: Cataloguer) -> None:
    name = await catalog.group()

    _, shown = await put(
        catalog, name, name="Buyers", change_reason="they buy", guardrails={"soak_seconds": 60}
    )

    assert (shown["last_change_reason"], shown["revision"]) == ("they buy", 2)
    rows = RowReader(catalog.served.core)
    events = await rows.all(AuditEvent, AuditEvent.subject_id == name)
    assert [event.action for event in events] == ["admin.create", "admin.update"]
    assert events[-1].details == IsPartialDict(
        changes=[
            {"field": "guardrails.soak_seconds", "old_value": None, "new_value": 60},
            {"field": "name", "old_value": "Sellers", "new_value": "Buyers"},
        ],
        delivery_group_id=name,
        reason="they buy",
        actor_role="PLATFORM_ADMIN",
    )


async def test_of_two_changes_of_one_revision_one_is_made(catalog: Cataloguer) -> None:
    name = await catalog.group()

    answers = await asyncio.gather(
        *(put(catalog, name, name=f"Name {each}", revision=1) for each in range(6))
    )

    (winner,) = [shown for status, shown in answers if status == 200]
    assert {shown["code"] for status, shown in answers if status != 200} == {"INVALID_STATE"}
    assert (await catalog.admin.get(f"{GROUPS}/{name}")).json() == winner
