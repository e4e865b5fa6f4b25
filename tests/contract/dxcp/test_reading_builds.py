"""Registered builds, services and versions, read by anybody with a role (spec §1.8)."""

from typing import Any

import pytest
from dirty_equals import IsPartialDict

from deltaci.identity.roles import Role
from deltaci.testing.registrar import PUBLISHER, Registrar

VERSIONS = ["1.2.3", "10.0.0", "2.0.0-rc.1", "2.0.0", "2.0.0-rc.10", "2.0.0-rc.2", "2.0.0-beta"]
ORDERED = ["10.0.0", "2.0.0", "2.0.0-rc.10", "2.0.0-rc.2", "2.0.0-rc.1", "2.0.0-beta", "1.2.3"]
READERS = sorted(set(Role) - {Role.RUNNER, Role.TRACKER})


async def registered(registry: Registrar, **changes: Any) -> dict[str, Any]:
    answer = await registry.register(await registry.build(**changes))
    answer.raise_for_status()
    return dict(answer.json())


@pytest.mark.parametrize("role", READERS)
async def test_a_version_is_read_by_everybody_with_a_role(registry: Registrar, role: Role) -> None:
    build = await registered(registry)
    wanted = {"service": build["service"], "version": "1.2.3"}

    answer = await registry.served.caller(role).get("/v1/builds", params=wanted)

    assert (answer.status_code, answer.json()) == (200, build)


async def test_a_build_is_read_by_its_id(registry: Registrar) -> None:
    build = await registered(registry)

    assert (await registry.ci.get(f"/v1/builds/{build['id']}")).json() == build


async def test_a_version_that_is_not_registered_is_not_found(registry: Registrar) -> None:
    wanted = {"service": await registry.service(), "version": "1.2.3"}

    answer = await registry.ci.get("/v1/builds", params=wanted)

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "wanted",
    [{"service": "shop"}, {"version": "1.2.3"}, {"service": "", "version": ""}, {"service": ""}],
)
async def test_one_of_both_is_not_enough(registry: Registrar, wanted: dict[str, str]) -> None:
    answer = await registry.ci.get("/v1/builds", params=wanted)

    assert answer.status_code == 400
    assert answer.json() == IsPartialDict(
        code="INVALID_REQUEST", message="service and version are required"
    )


async def test_builds_are_listed_by_page_newest_first(registry: Registrar) -> None:
    sha = "5" * 40
    made = [(await registered(registry, git_sha=sha))["id"] for _ in range(5)]
    wanted: dict[str, Any] = {"git_sha": sha, "ci_publisher": PUBLISHER, "limit": 2}
    listed: list[str] = []
    while True:
        page = (await registry.ci.get("/v1/builds", params=wanted)).json()
        listed += [build["id"] for build in page["builds"]]
        if page["next_cursor"] is None:
            break
        wanted["cursor"] = page["next_cursor"]

    assert listed == made[::-1]


async def test_nothing_is_listed_of_a_publisher_that_is_not_there(registry: Registrar) -> None:
    answer = await registry.ci.get("/v1/builds", params={"ci_publisher": "nobody"})

    assert answer.json() == {"builds": [], "next_cursor": None}


async def test_versions_are_ordered_by_their_numbers(registry: Registrar) -> None:
    service = await registry.service()
    for version in VERSIONS:
        await registered(registry, service=service, version=version)

    answer = (await registry.ci.get(f"/v1/services/{service}/versions")).json()

    assert [each["version"] for each in answer["versions"]] == ORDERED
    assert all(each["registered"] for each in answer["versions"])
    assert answer == IsPartialDict(service=service, source="registry")


async def test_services_are_listed_by_name(registry: Registrar) -> None:
    names = [await registry.service() for _ in range(2)]

    answer = (await registry.ci.get("/v1/services")).json()["services"]

    listed = [each["service_name"] for each in answer]
    assert listed == sorted(listed)
    assert set(names) <= set(listed)


async def test_adding_a_service_again_unchanged_is_fine(registry: Registrar) -> None:
    body = {"service_name": "group/again", "allowed_artifact_sources": ["s3://artifacts/again"]}

    answers = [await registry.admin.post("/v1/services", json=body) for _ in range(2)]
    other = await registry.admin.post("/v1/services", json=body | {"description": "other"})

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert (other.status_code, other.json()["code"]) == (409, "INVALID_STATE")
    assert (await registry.ci.get("/v1/services/group/again/versions")).status_code == 200


@pytest.mark.parametrize("source", ["bucket", "s3://", "s3://artifacts/../other"])
async def test_a_source_that_is_no_place_is_invalid(registry: Registrar, source: str) -> None:
    body = {"service_name": "misplaced", "allowed_artifact_sources": [source]}

    answer = await registry.admin.post("/v1/services", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("role", READERS)
async def test_only_owners_and_admins_add_services(registry: Registrar, role: Role) -> None:
    caller = registry.served.caller(role, subject=f"adding-{role}")

    answer = await caller.post("/v1/services", json={"service_name": "of-an-owner"})

    if role in {Role.ADMIN, Role.DELIVERY_OWNER}:
        assert answer.status_code in {200, 201}
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_FORBIDDEN")
