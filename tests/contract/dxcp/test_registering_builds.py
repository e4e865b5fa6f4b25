"""Seed «DXCP CI Build Registration Overview»: what it promises of registering, by sentence."""

from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr

from deltaci.identity.roles import Role
from deltaci.testing.registrar import PUBLISHER, Registrar

REQUIRED = (
    *("service", "version", "artifactRef", "git_sha"),
    *("git_branch", "ci_provider", "ci_run_id", "built_at"),
)
OPTIONAL: dict[str, Any] = {
    "commit_url": "https://git.example.test/commit/1",
    "run_url": "https://ci.example.test/run/1",
    "checksum_sha256": "a" * 64,
    "repo": "acme/shop",
    "actor": "ada",
    "sha256": "a" * 64,
    "sizeBytes": 1000,
    "contentType": "application/zip",
}
REPLAYED = "idempotency-replayed"


async def test_the_seeds_curl_example_works_as_printed(own_registry: Registrar) -> None:
    await own_registry.admin.post("/v1/services", json={"service_name": "demo-service"})
    token = own_registry.ci.headers["Authorization"]

    answer = await own_registry.served.caller().post(
        "/v1/builds/register",
        headers={
            "Authorization": token,
            "Content-Type": "application/json",
            "Idempotency-Key": "github-4711-demo-service-1.2.3",
        },
        content="""{
    "service":"demo-service",
    "version":"1.2.3",
    "artifactRef":"s3://artifact-bucket/demo-service/demo-service-1.2.3.zip",
    "git_sha":"<git_sha>",
    "git_branch":"main",
    "ci_provider":"github",
    "ci_run_id":"<ci_run_id>",
    "built_at":"2026-02-27T00:00:00Z"
  }""",
    )

    assert answer.status_code == 201
    assert answer.json()["ci_publisher"] == PUBLISHER


async def test_a_registered_build_is_shown_whole(registry: Registrar) -> None:
    build = await registry.build(**OPTIONAL)

    answer = await registry.register(build)

    assert (answer.status_code, answer.headers[REPLAYED]) == (201, "false")
    assert answer.json() == build | {
        "id": IsStr(regex=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "built_at": "2026-02-27T00:00:00.000Z",
        "registeredAt": IsStr(regex=r"\d{4}-.*Z"),
        "ci_publisher": PUBLISHER,
        "commit_url": None,
        "run_url": None,
    }


async def test_what_was_not_said_is_null(registry: Registrar) -> None:
    answer = await registry.register(await registry.build())

    assert {name: answer.json()[name] for name in OPTIONAL} == dict.fromkeys(OPTIONAL)


async def test_links_are_shown_once_the_policy_says_so(own_registry: Registrar) -> None:
    build = await own_registry.build(**OPTIONAL)
    await own_registry.register(build, "linked")
    await own_registry.put("ui-exposure-policy", {"externalLinks": {"display": True}})

    answer = await own_registry.register(build, "linked")

    assert answer.json() == IsPartialDict(
        commit_url=OPTIONAL["commit_url"], run_url=OPTIONAL["run_url"]
    )


@pytest.mark.parametrize("field", REQUIRED)
async def test_each_required_field_is_asked_for(registry: Registrar, field: str) -> None:
    build = await registry.build()

    answer = await registry.register({name: build[name] for name in REQUIRED if name != field})

    assert answer.status_code == 400
    assert answer.json() == IsPartialDict(
        code="INVALID_REQUEST",
        failure_cause="USER_ERROR",
        details={"missing_fields": [field], "invalid_fields": []},
    )


async def test_every_fault_is_named_at_once_and_no_value_repeated(registry: Registrar) -> None:
    answer = await registry.register(
        {"service": "", "version": 7, "run_url": " ", "sha256": "hunter2"}
    )

    assert answer.json()["details"] == {
        "missing_fields": sorted(set(REQUIRED) - {"service", "version"}),
        "invalid_fields": ["run_url", "service", "sha256", "version"],
    }
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', "\xff", "[" * 100_000])
async def test_a_body_that_is_no_object_is_invalid_even_for_nobody(
    registry: Registrar, body: str
) -> None:
    answer = await registry.served.caller().post(
        "/v1/builds/register", content=body.encode("latin-1")
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


async def test_unknown_fields_are_ignored(registry: Registrar) -> None:
    build = await registry.build()
    assert (await registry.register(build | {"color": "red"}, "unknown")).status_code == 201

    again = await registry.register(build | {"color": "blue"}, "unknown")

    assert again.headers[REPLAYED] == "true"


async def test_a_run_may_be_numbered(registry: Registrar) -> None:
    answer = await registry.register(await registry.build(ci_run_id=4711))

    assert answer.json()["ci_run_id"] == "4711"


async def test_a_service_that_is_not_known_is_refused(registry: Registrar) -> None:
    answer = await registry.register(await registry.build(service="nobody-knows"))

    assert answer.status_code == 403
    assert answer.json() == IsPartialDict(
        code="SERVICE_NOT_ALLOWLISTED", failure_cause="POLICY_CHANGE"
    )


@pytest.mark.parametrize("key", ["", None])
async def test_a_key_is_asked_for(registry: Registrar, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    build = await registry.build()

    answer = await registry.ci.post("/v1/builds/register", json=build, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "IDMP_KEY_REQUIRED")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.RUNNER, Role.TRACKER, Role.CI_PUBLISHER}))
async def test_only_ci_publishers_register_even_what_makes_no_sense(
    registry: Registrar, role: Role
) -> None:
    caller = registry.served.caller(role, subject="ci-main")

    answer = await registry.register(await registry.build(version="latest"), caller=caller)

    assert (answer.status_code, answer.json()["code"]) == (403, "CI_ONLY")


async def test_a_publisher_that_is_not_listed_is_refused(registry: Registrar) -> None:
    stranger = registry.publisher("stranger")

    answer = await registry.register(await registry.build(), caller=stranger)

    assert (answer.status_code, answer.json()["code"]) == (403, "CI_ONLY")


@pytest.mark.parametrize("role", [Role.RUNNER, Role.TRACKER])
async def test_who_only_runs_jobs_or_reports_has_no_role_here(
    registry: Registrar, role: Role
) -> None:
    runner = registry.served.caller(role, subject="ci-main")

    answer = await registry.register(await registry.build(), caller=runner)

    assert (answer.status_code, answer.json()["code"]) == (403, "AUTHZ_ROLE_REQUIRED")
