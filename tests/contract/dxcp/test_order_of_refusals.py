"""Of several reasons to refuse a registration, the contract's first one is told (spec §1.3)."""

from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr
from sqlalchemy import select

from api.refusals import ROWS_PER_WINDOW
from deltaci.identity.roles import Role
from deltaci.store.tables import AuditEvent
from deltaci.testing.registrar import LIMITS, PUBLISHER, Registrar


async def test_each_gate_stands_before_the_next(own_registry: Registrar) -> None:
    """A request with every fault is told of one after the other, as each is taken away."""
    registry, served = own_registry, own_registry.served
    known = await registry.build()
    await registry.register(known, "used")
    await registry.put("rate-limits", LIMITS | {"daily_quota_build_register": 0})
    await registry.put("mutations-disabled", {"mutations_disabled": True})
    wrong: dict[str, Any] = {
        **known,
        "service": "unknown",
        "version": "latest",
        "built_at": "yesterday",
        "artifactRef": "nowhere",
        "run_url": "nowhere",
    }

    async def told(build: dict[str, Any], key: str = "", *, by: Any = registry.ci) -> str:
        return str((await registry.register(build, key, by)).json().get("code"))

    runner = served.caller(Role.RUNNER, subject="ci-main")
    assert await told(wrong | {"git_sha": ""}, by=served.caller()) == "INVALID_REQUEST"
    assert await told(wrong, by=served.caller()) == "UNAUTHORIZED"
    assert await told(wrong, by=runner) == "AUTHZ_ROLE_REQUIRED"
    assert await told(wrong, by=registry.publisher("stranger")) == "MUTATIONS_DISABLED"
    await registry.put("mutations-disabled", {"mutations_disabled": False})
    assert await told(wrong, by=registry.publisher("stranger")) == "CI_ONLY"
    assert await told(wrong) == "IDMP_KEY_REQUIRED"
    assert await told(wrong, "used") == "QUOTA_EXCEEDED"
    await registry.put("rate-limits", LIMITS)
    assert await told(wrong, "used") == "BUILD_REGISTRATION_CONFLICT"
    assert await told(wrong, "new") == "SERVICE_NOT_ALLOWLISTED"
    wrong["service"] = known["service"]
    assert await told(wrong, "new") == "INVALID_VERSION"
    wrong["version"] = known["version"]
    assert await told(wrong, "new") == "INVALID_REQUEST"
    wrong["built_at"] = known["built_at"]
    assert await told(wrong, "new") == "INVALID_ARTIFACT"
    wrong["artifactRef"] = "s3://artifacts/other.zip"
    assert await told(wrong, "new") == "INVALID_REQUEST"
    wrong["run_url"] = "https://ci.example.test/1"
    assert await told(wrong, "new") == "BUILD_REGISTRATION_CONFLICT"


async def test_a_service_of_some_repositories_asks_for_one_of_them(registry: Registrar) -> None:
    body = {"service_name": "of-two", "allowed_repositories": ["acme/one", "acme/two"]}
    (await registry.admin.post("/v1/services", json=body)).raise_for_status()

    async def told(repo: str | None) -> str:
        build = await registry.build(service="of-two", version="latest", repo=repo)
        return str((await registry.register(build)).json()["code"])

    assert await told(None) == "SERVICE_NOT_ALLOWLISTED"
    assert await told("acme/three") == "SERVICE_NOT_ALLOWLISTED"
    assert await told("acme/two") == "INVALID_VERSION"


async def test_replays_are_answered_when_the_quota_is_used_up(own_registry: Registrar) -> None:
    build = await own_registry.build()
    await own_registry.register(build, "replayed")
    await own_registry.put("rate-limits", LIMITS | {"daily_quota_build_register": 0})

    replay = await own_registry.register(build, "replayed")
    refused = await own_registry.register(build, "new")

    assert replay.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (429, "QUOTA_EXCEEDED")
    assert int(refused.headers["retry-after"]) > 0


async def test_an_empty_list_of_publishers_lets_nobody_in(own_registry: Registrar) -> None:
    build = await own_registry.build()
    await own_registry.register(build, "before")
    await own_registry.put("ci-publishers", {"publishers": []})

    answer = await own_registry.register(build, "before")

    assert (answer.status_code, answer.json()["code"]) == (403, "CI_ONLY")


async def events(registry: Registrar, action: str, actor: str) -> list[AuditEvent]:
    async with registry.served.core.database.read() as tx:
        wanted = AuditEvent.action == action, AuditEvent.actor == actor
        return list(await tx.scalars(select(AuditEvent).where(*wanted).order_by(AuditEvent.id)))


async def test_a_registration_is_on_record_once(registry: Registrar) -> None:
    build = await registry.build()
    caller = registry.publisher("ci-recorded")
    caller.headers["X-Request-Id"] = "trace-1"
    answers = [await registry.register(build, "recorded", caller) for _ in range(2)]

    (event,) = await events(registry, "build.registered", "ci-recorded")

    assert event.subject_id == answers[0].json()["id"]
    assert event.details == {
        "actor_role": "CI_PUBLISHER",
        "actor_sub": "ci-recorded",
        "actor_azp": None,
        "actor_email": None,
        "service": build["service"],
        "version": "1.2.3",
        "artifact_ref": build["artifactRef"],
        "publisher": PUBLISHER,
        "request_id": "trace-1",
    }


@pytest.mark.parametrize(
    ("subject", "changes", "code"),
    [
        ("denied-stranger", {}, "CI_ONLY"),
        ("ci-denied-service", {"service": "unknown"}, "SERVICE_NOT_ALLOWLISTED"),
        ("ci-denied-artifact", {"artifactRef": "nowhere"}, "INVALID_ARTIFACT"),
    ],
)
async def test_a_denial_is_on_record(
    registry: Registrar, subject: str, changes: dict[str, str], code: str
) -> None:
    build = await registry.build(**changes)

    answer = await registry.register(build, caller=registry.publisher(subject))

    (event,) = await events(registry, "build.denied", subject)
    assert event.subject_id == f"{build['service']}/1.2.3"
    assert event.details == IsPartialDict(
        code=code,
        service=build["service"],
        actor_sub=subject,
        request_id=answer.headers["x-request-id"],
    )


async def test_a_mistake_is_not_on_record(registry: Registrar) -> None:
    caller = registry.publisher("ci-mistaken")

    await registry.register(await registry.build(version="latest"), caller=caller)

    assert await events(registry, "build.denied", "ci-mistaken") == []


async def test_a_storm_of_denials_does_not_fill_the_record(registry: Registrar) -> None:
    stormy = registry.publisher("stormy")
    build = await registry.build()
    for _ in range(ROWS_PER_WINDOW + 5):
        await registry.register(build, caller=stormy)

    assert len(await events(registry, "build.denied", "stormy")) == ROWS_PER_WINDOW


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "NOT_FOUND"),
        ("DELETE", "/v1/builds", 405, "INVALID_REQUEST"),
        ("PUT", "/v1/builds/register", 405, "INVALID_REQUEST"),
        ("GET", "/v1/builds/unknown", 404, "NOT_FOUND"),
        ("GET", "/v1/services/unknown/versions", 404, "NOT_FOUND"),
        ("POST", "/v1/builds/register", 400, "INVALID_REQUEST"),
    ],
)
async def test_every_refusal_has_the_envelope_with_the_requests_id(
    registry: Registrar, method: str, path: str, status: int, code: str
) -> None:
    answer = await registry.ci.request(method, path)

    assert answer.status_code == status
    assert answer.json() == IsPartialDict(
        code=code,
        error_code=code,
        failure_cause=IsStr(regex="USER_ERROR|POLICY_CHANGE|UNKNOWN"),
        message=IsStr(min_length=1),
        request_id=answer.headers["x-request-id"],
    )
