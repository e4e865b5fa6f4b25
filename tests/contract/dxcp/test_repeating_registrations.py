"""Seed «Idempotency Semantics», on each database: a key means one build, a version one artifact."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from dirty_equals import IsPartialDict
from sqlalchemy import func, select
from structlog.testing import capture_logs

from deltaci.builds import order
from deltaci.store.tables import Registration, UsageCounter
from deltaci.testing.registrar import PUBLISHER, Registrar

REPLAYED = "idempotency-replayed"
CONFLICT = "BUILD_REGISTRATION_CONFLICT"
AT_ONCE = 100
CHANGES: dict[str, Any] = {
    "version": "1.2.4",
    "artifactRef": "s3://artifacts/other.zip",
    "git_sha": "0" * 40,
    "git_branch": "dev",
    "ci_provider": "jenkins",
    "ci_run_id": "4712",
    "built_at": "2026-02-27T00:00:01Z",
    "commit_url": "https://git.example.test/2",
    "run_url": "https://ci.example.test/2",
    "checksum_sha256": "b" * 64,
    "repo": "acme/other",
    "actor": "bob",
    "sha256": "b" * 64,
    "sizeBytes": 2,
    "contentType": "application/gzip",
    "s3Bucket": "artifacts",
    "s3Key": "other.zip",
}


@pytest.fixture
def registry(registry_on_each_database: Registrar) -> Registrar:
    return registry_on_each_database


async def count(registry: Registrar, service: str) -> int:
    async with registry.served.core.database.read() as tx:
        rows = select(func.count()).where(Registration.product == service)
        return (await tx.execute(rows)).scalar_one()


async def uses(registry: Registrar, who: str) -> int:
    async with registry.served.core.database.read() as tx:
        statement = select(func.sum(UsageCounter.count)).where(
            UsageCounter.who == who, UsageCounter.what == "build_register"
        )
        return (await tx.execute(statement)).scalar_one() or 0


async def test_the_same_key_and_body_replay_status_and_body(registry: Registrar) -> None:
    build = await registry.build()
    first = await registry.register(build, "same")

    again = await registry.register(build, "same")

    assert (first.status_code, first.headers[REPLAYED]) == (201, "false")
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert again.json() == first.json()
    assert await count(registry, build["service"]) == 1


async def test_an_equal_body_may_be_written_differently(registry: Registrar) -> None:
    build = await registry.build(sha256="a" * 64, actor="Ada  Lovelace")
    await registry.register(build, "written")

    again = await registry.register(
        build
        | {
            "built_at": "2026-02-27T01:00:00+01:00",
            "git_branch": "  main ",
            "actor": "Ada Lovelace",
            "sha256": "A" * 64,
            "repo": None,
        },
        "written",
    )

    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")


@pytest.mark.parametrize("field", CHANGES)
async def test_the_same_key_with_any_other_field_is_a_conflict(
    registry: Registrar, field: str
) -> None:
    build = await registry.build()
    key = f"changed-{field}"
    await registry.register(build, key)

    answer = await registry.register(build | {field: CHANGES[field]}, key)

    assert answer.status_code == 409
    assert answer.json() == IsPartialDict(code=CONFLICT, failure_cause="USER_ERROR")
    assert "details" not in answer.json()
    assert REPLAYED not in answer.headers
    assert await count(registry, build["service"]) == 1


async def test_a_refused_call_leaves_its_key_free(registry: Registrar) -> None:
    build = await registry.build()
    refused = await registry.register(build | {"version": "latest"}, "free")

    answer = await registry.register(build, "free")

    assert (refused.status_code, refused.headers.get(REPLAYED)) == (400, None)
    assert (answer.status_code, answer.headers[REPLAYED]) == (201, "false")


async def test_the_helpers_fallback_may_use_its_key_again(registry: Registrar) -> None:
    build = await registry.build()
    refused = await registry.register(build | {"run_url": "not an address"}, "fallback")

    answer = await registry.register(build, "fallback")

    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_REQUEST")
    assert answer.status_code == 201


async def test_a_new_key_for_an_equivalent_build_gets_the_original(
    registry: Registrar,
) -> None:
    build = await registry.build()
    first = await registry.register(build)
    later = build | {"ci_run_id": "4712", "built_at": "2026-02-28T00:00:00Z"}

    answer = await registry.register(later, "later")

    assert (answer.status_code, answer.headers[REPLAYED]) == (200, "false")
    assert answer.json() == first.json()
    again = await registry.register(later, "later")
    assert (again.status_code, again.headers[REPLAYED]) == (200, "true")


@pytest.mark.parametrize("field", ["artifactRef", "git_sha"])
async def test_a_new_key_for_a_different_build_is_a_conflict(
    registry: Registrar, field: str
) -> None:
    build = await registry.build()
    await registry.register(build)

    answer = await registry.register(build | {field: CHANGES[field]})

    assert (answer.status_code, answer.json()["code"]) == (409, CONFLICT)
    assert answer.json()["details"] == {
        "service": build["service"],
        "version": build["version"],
        "existing_artifactRef": build["artifactRef"],
        "existing_git_sha": build["git_sha"],
    }


async def test_keys_of_different_callers_have_nothing_to_do_with_each_other(
    registry: Registrar,
) -> None:
    await registry.register(await registry.build(), "shared")

    other = await registry.register(
        await registry.build(), "shared", registry.publisher("ci-other")
    )

    assert (other.status_code, other.headers[REPLAYED]) == (201, "false")


async def test_only_what_is_registered_uses_the_quota_up(registry: Registrar) -> None:
    caller = registry.publisher("ci-thrifty")
    build = await registry.build()
    await registry.register(build, "counted", caller)

    for answered in (
        await registry.register(build, "counted", caller),
        await registry.register(build | {"version": "latest"}, "other", caller),
        await registry.register(build | {"git_sha": "1" * 40}, "counted", caller),
    ):
        assert answered.status_code in {201, 400, 409}

    assert await uses(registry, "ci-thrifty") == 1


async def test_a_hundred_with_one_key_make_one_build_and_use_one(registry: Registrar) -> None:
    caller = registry.publisher("ci-eager")
    build = await registry.build()

    answers = await asyncio.gather(
        *(registry.register(build, "eager", caller) for _ in range(AT_ONCE))
    )

    seen = Counter((answer.status_code, answer.headers[REPLAYED]) for answer in answers)
    assert seen == {(201, "false"): 1, (201, "true"): AT_ONCE - 1}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count(registry, build["service"]) == 1
    assert await uses(registry, "ci-eager") == 1


async def test_a_hundred_keys_of_several_callers_make_one_build(registry: Registrar) -> None:
    callers = [registry.publisher(f"ci-rival-{number}") for number in range(5)]
    build = await registry.build()

    answers = await asyncio.gather(
        *(registry.register(build, None, callers[number % 5]) for number in range(AT_ONCE))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count(registry, build["service"]) == 1


async def test_of_different_builds_of_a_version_at_once_one_wins(registry: Registrar) -> None:
    callers = [registry.publisher(f"ci-racer-{number}") for number in range(4)]
    build = await registry.build()
    shas = [f"{number:040d}" for number in range(20)]

    answers = await asyncio.gather(
        *(
            registry.register(build | {"git_sha": sha}, None, callers[number % 4])
            for number, sha in enumerate(shas)
        )
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert await count(registry, build["service"]) == 1


async def test_of_different_builds_with_one_key_at_once_one_wins(registry: Registrar) -> None:
    build = await registry.build()
    versions = [f"1.0.{number}" for number in range(20)]

    answers = await asyncio.gather(
        *(registry.register(build | {"version": version}, "one") for version in versions)
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert await count(registry, build["service"]) == 1


async def test_an_answer_that_was_lost_on_the_way_is_given_again(registry: Registrar) -> None:
    build = await registry.build()
    await _with_a_cut_connection(registry, build, "cut")
    assert await count(registry, build["service"]) == 1

    answer = await registry.register(build, "cut")

    assert (answer.status_code, answer.headers[REPLAYED]) == (201, "true")
    assert answer.json() == IsPartialDict(service=build["service"], ci_publisher=PUBLISHER)


async def _with_a_cut_connection(registry: Registrar, build: dict[str, Any], key: str) -> None:
    """Register, and be gone when the answer comes."""
    headers = {"authorization": registry.ci.headers["Authorization"], "idempotency-key": key}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/builds/register",
        "raw_path": b"/v1/builds/register",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(build).encode()}

    async def send(_message: Any) -> None:
        raise ConnectionResetError

    with capture_logs(), pytest.raises(ConnectionResetError):
        await registry.served.app(scope, receive, send)


async def test_dying_before_the_commit_leaves_nothing(
    registry: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: Any) -> None:
        raise RuntimeError("killed")

    caller = registry.publisher("ci-unlucky")
    build = await registry.build()
    with capture_logs(), monkeypatch.context() as patch:
        patch.setattr(order, "store_answer", die)
        assert (await registry.register(build, "died", caller)).status_code == 500
    assert await count(registry, build["service"]) == 0
    assert await uses(registry, "ci-unlucky") == 0

    answer = await registry.register(build, "died", caller)

    assert (answer.status_code, answer.headers[REPLAYED]) == (201, "false")
