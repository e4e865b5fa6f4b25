"""Spec §3.6: environments."""

import asyncio
from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr

from deltaci.testing.cataloguer import Cataloguer

ENVIRONMENTS = "/v1/environments"


async def add(catalog: Cataloguer, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await catalog.admin.post(ENVIRONMENTS, json=body)
    return answer.status_code, answer.json()


async def patch(catalog: Cataloguer, name: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await catalog.admin.patch(f"{ENVIRONMENTS}/{name}", json=body)
    return answer.status_code, answer.json()


async def test_an_added_environment_is_shown_in_both_contracts_words(catalog: Cataloguer) -> None:
    name = catalog.name("staging")

    status, shown = await add(
        catalog, environment_id=name, display_name="Staging", type="non_prod", is_enabled=True
    )

    assert status == 201
    assert shown == {
        "id": name,
        "name": name,
        "display_name": "Staging",
        "type": "non_prod",
        "kind": "staging",
        "lifecycle_state": "active",
        "is_enabled": True,
        "description": "",
        "revision": 1,
        "created_at": IsStr(regex=".*Z"),
        "updated_at": IsStr(regex=".*Z"),
    }
    assert (await catalog.admin.get(f"{ENVIRONMENTS}/{name}")).json() == shown


@pytest.mark.parametrize("field", ["environment_id", "id", "name"])
async def test_the_id_may_be_called_by_any_of_its_names(catalog: Cataloguer, field: str) -> None:
    name = catalog.name("blue")

    status, shown = await add(catalog, **{field: name, "type": "prod"})

    assert (status, shown["id"]) == (201, name)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"type": "prod"}, "production"),
        ({"type": "non_prod"}, "test"),
        ({"type": "dev"}, "dev"),
        ({"kind": "staging"}, "staging"),
        ({"type": "non_prod", "kind": "dev"}, "dev"),
        ({"type": "production"}, "production"),
    ],
)
async def test_a_type_may_be_exact_or_only_say_whether_it_is_production(
    catalog: Cataloguer, told: dict[str, str], kind: str
) -> None:
    status, shown = await add(catalog, id=catalog.name("qa"), **told)

    assert status == 201
    assert shown["kind"] == kind
    assert shown["type"] == ("prod" if kind == "production" else "non_prod")


async def test_what_sounds_like_production_and_is_not_is_of_another_type(
    catalog: Cataloguer,
) -> None:
    _, shown = await add(catalog, id=catalog.name("prod"), type="non_prod")

    assert (shown["type"], shown["kind"]) == ("non_prod", "other")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "prod"}, "INVALID_ENVIRONMENT_ID"),
        ({"id": "", "type": "prod"}, "INVALID_ENVIRONMENT_ID"),
        ({"id": "Staging 01", "type": "prod"}, "INVALID_ENVIRONMENT_ID"),
        ({"id": "two--hyphens", "type": "prod"}, "INVALID_ENVIRONMENT_ID"),
        ({"id": "a" * 101, "type": "prod"}, "INVALID_ENVIRONMENT_ID"),
        ({"id": "line\n", "type": "prod"}, "INVALID_ENVIRONMENT_ID"),
        ({"id": "one", "name": "two", "type": "prod"}, "INVALID_ENVIRONMENT_ID"),
        ({"id": "fine"}, "INVALID_ENVIRONMENT_TYPE"),
        ({"id": "fine", "type": "holiday"}, "INVALID_ENVIRONMENT_TYPE"),
        ({"id": "fine", "type": "prod", "kind": "dev"}, "INVALID_ENVIRONMENT_TYPE"),
        ({"id": "fine", "type": "dev", "kind": "test"}, "INVALID_ENVIRONMENT_TYPE"),
        (
            {"id": "fine", "type": "prod", "lifecycle_state": "asleep"},
            "INVALID_ENVIRONMENT_LIFECYCLE_STATE",
        ),
        ({"id": "fine", "type": "prod", "is_enabled": "yes"}, "INVALID_REQUEST"),
        ({"id": "fine", "type": "prod", "display_name": " "}, "INVALID_REQUEST"),
    ],
)
async def test_what_makes_no_environment_is_refused_by_its_own_code(
    catalog: Cataloguer, body: dict[str, Any], code: str
) -> None:
    status, refusal = await add(catalog, **body)

    assert (status, refusal["code"]) == (400, code)
    assert refusal["details"]["fields"]


async def test_a_name_is_given_once(catalog: Cataloguer) -> None:
    name = await catalog.environment()

    status, refusal = await add(catalog, id=name, type="non_prod")

    assert (status, refusal["code"]) == (409, "ENVIRONMENT_EXISTS")


async def test_adding_again_with_the_key_is_answered_as_before(catalog: Cataloguer) -> None:
    name, headers = catalog.name("keyed"), {"Idempotency-Key": catalog.name("key")}
    body = {"id": name, "type": "non_prod"}

    first = await catalog.admin.post(ENVIRONMENTS, json=body, headers=headers)
    again = await catalog.admin.post(ENVIRONMENTS, json=body, headers=headers)
    other = await catalog.admin.post(ENVIRONMENTS, json=body | {"type": "prod"}, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert other.status_code == 409


async def test_what_a_change_leaves_out_stays(catalog: Cataloguer) -> None:
    name = await catalog.environment(display_name="Blue", description="for trials")

    _, disabled = await patch(catalog, name, is_enabled=False)
    _, renamed = await patch(catalog, name, display_name="Green")

    assert disabled == IsPartialDict(
        display_name="Blue", is_enabled=False, lifecycle_state="disabled", revision=2
    )
    assert renamed == IsPartialDict(
        display_name="Green",
        description="for trials",
        is_enabled=False,
        kind=disabled["kind"],
        revision=3,
    )


async def test_enabling_and_lifecycle_are_two_ways_to_say_one_thing(catalog: Cataloguer) -> None:
    name = await catalog.environment()

    _, retired = await patch(catalog, name, lifecycle_state="retired", is_enabled=True)
    _, still = await patch(catalog, name, is_enabled=False)
    _, active = await patch(catalog, name, is_enabled=True)

    assert (retired["lifecycle_state"], retired["is_enabled"]) == ("retired", False)
    assert still["lifecycle_state"] == "retired"
    assert (active["lifecycle_state"], active["is_enabled"]) == ("active", True)


async def test_an_unused_environment_is_removed(catalog: Cataloguer) -> None:
    name = await catalog.environment()

    removed = await catalog.admin.delete(f"{ENVIRONMENTS}/{name}")

    assert (removed.status_code, removed.content) == (204, b"")
    assert (await catalog.admin.get(f"{ENVIRONMENTS}/{name}")).status_code == 404
    assert (await catalog.admin.delete(f"{ENVIRONMENTS}/{name}")).status_code == 404


async def test_of_two_changes_of_one_revision_one_is_made(catalog: Cataloguer) -> None:
    name = await catalog.environment()

    answers = await asyncio.gather(
        *(patch(catalog, name, revision=1, display_name=f"Name {each}") for each in range(6))
    )

    (winner,) = [shown for status, shown in answers if status == 200]
    assert {shown["code"] for status, shown in answers if status == 409} == {"INVALID_STATE"}
    assert (await catalog.admin.get(f"{ENVIRONMENTS}/{name}")).json() == winner


async def test_of_two_additions_of_one_name_one_is_made(catalog: Cataloguer) -> None:
    name = catalog.name("raced")

    answers = await asyncio.gather(*(add(catalog, id=name, type="prod") for _ in range(6)))

    assert sorted(status for status, _ in answers) == [201, *[409] * 5]


async def test_pages_follow_each_other_by_id(catalog: Cataloguer) -> None:
    names = {await catalog.environment() for _ in range(3)}
    seen, cursor = [], ""

    while True:
        query = {"limit": "2", "cursor": cursor}
        answer = await catalog.admin.get(ENVIRONMENTS, params=query)
        seen += [each["id"] for each in answer.json()]
        cursor = answer.headers.get("X-Next-Cursor", "")
        if not cursor:
            break

    assert seen == sorted(set(seen))
    assert names <= set(seen)
