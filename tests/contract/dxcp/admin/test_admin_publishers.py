"""Spec §2.2 to §2.4: who may register builds is a list that admins keep, and counts at once."""

import asyncio
from typing import Any

import httpx2
import pytest
from dirty_equals import IsPartialDict, IsStr

from deltaci.identity.roles import Role
from deltaci.store.audit import Action
from deltaci.store.tables import AuditEvent
from deltaci.testing.replicas import Replicas
from deltaci.testing.row_reader import RowReader

PUBLISHERS = "/v1/admin/system/ci-publishers"
OURS = {"name": "ours", "issuers": ["delta-ci"], "subject_prefixes": ["ci-"]}
BUILD = {
    "service": "shop",
    "version": "1.2.3",
    "artifactRef": "s3://bucket/shop/shop-1.2.3.zip",
    "git_sha": "abc",
    "git_branch": "main",
    "ci_provider": "github",
    "ci_run_id": "1",
    "built_at": "2026-02-27T00:00:00Z",
}


async def publisher_of(caller: httpx2.AsyncClient) -> str | None:
    answer = await caller.get("/v1/whoami")
    name: str | None = answer.json()["ci_publisher"]
    return name


async def register(caller: httpx2.AsyncClient) -> dict[str, Any]:
    headers = {"Idempotency-Key": "k"}
    answer = await caller.post("/v1/builds/register", json=BUILD, headers=headers)
    refusal: dict[str, Any] = answer.json()
    return refusal


async def put(
    admin: httpx2.AsyncClient, publishers: Any, key: str = "k", **more: Any
) -> httpx2.Response:
    body = {"publishers": publishers, **more}
    return await admin.put(PUBLISHERS, json=body, headers={"Idempotency-Key": key})


async def test_nobody_is_a_publisher_before_an_admin_says_so(replicas: Replicas) -> None:
    ci = replicas.caller(Role.CI_PUBLISHER, subject="ci-main")

    answer = await replicas.caller(Role.ADMIN).get(PUBLISHERS)

    assert answer.json() == {"publishers": [], "source": "runtime", "version": 0}
    assert await publisher_of(ci) is None
    assert (await register(ci))["code"] == "CI_ONLY"


async def test_a_list_counts_at_once_on_every_replica(replicas: Replicas) -> None:
    callers = [
        replicas.caller(Role.CI_PUBLISHER, subject="ci-main", second=second)
        for second in (False, True)
    ]

    for listed, name, code in [
        ([OURS], "ours", "SERVICE_NOT_ALLOWLISTED"),
        ([], None, "CI_ONLY"),
        ([OURS | {"name": "again"}], "again", "SERVICE_NOT_ALLOWLISTED"),
    ]:
        await replicas.put("ci-publishers", {"publishers": listed})
        for caller in callers:
            assert await publisher_of(caller) == name
            assert (await register(caller))["code"] == code


@pytest.mark.parametrize(
    "roles",
    [(Role.DEVELOPER,), (Role.OBSERVER,), (Role.ADMIN,), (Role.ADMIN, Role.CI_PUBLISHER)],
)
async def test_a_match_without_the_role_is_not_enough(
    replicas: Replicas, roles: tuple[Role, ...]
) -> None:
    await replicas.put("ci-publishers", {"publishers": [OURS]})
    caller = replicas.caller(*roles, subject="ci-main")

    refusal = await register(caller)

    assert await publisher_of(caller) is None
    assert refusal["code"] == "CI_ONLY"
    assert refusal["details"]["reason"] == "role"


async def test_a_refusal_says_who_one_is_and_not_what_the_list_asks_for(replicas: Replicas) -> None:
    secret = OURS | {"name": "secret-name", "subjects": ["secret-subject"]}
    await replicas.put("ci-publishers", {"publishers": [secret]})

    refusal = await register(replicas.caller(Role.CI_PUBLISHER, subject="stranger"))

    assert refusal["details"] == {
        "reason": "not_listed",
        "role": "CI_PUBLISHER",
        "iss": "delta-ci",
        "sub": "stranger",
        "aud": ["delta-ci"],
        "azp": None,
    }
    assert "secret" not in str(refusal)


async def test_the_order_is_limit_role_switch_key_payload(replicas: Replicas) -> None:
    nosy, admin = replicas.caller(Role.OBSERVER), replicas.caller(Role.ADMIN)

    async def code(caller: httpx2.AsyncClient, key: str = "") -> str:
        headers = {"Idempotency-Key": key} if key else {}
        answer = await caller.put(PUBLISHERS, json={"publishers": ["x"]}, headers=headers)
        return str(answer.json()["code"])

    limits = {"read_rpm": 60, "mutate_rpm": 3, "daily_quota_build_register": 50}
    await replicas.put("rate-limits", limits)
    await replicas.put("mutations-disabled", {"mutations_disabled": True})
    assert [await code(nosy) for _ in range(4)] == ["ROLE_FORBIDDEN"] * 3 + ["RATE_LIMITED"]
    assert await code(admin) == "MUTATIONS_DISABLED"
    await replicas.put("mutations-disabled", {"mutations_disabled": False})
    assert await code(admin) == "IDMP_KEY_REQUIRED"
    assert await code(admin, "k") == "INVALID_REQUEST"
    assert await code(admin, "k") == "RATE_LIMITED"


@pytest.mark.parametrize(
    "listed",
    [
        None,
        {},
        "ours",
        [1],
        [{"issuers": ["i"], "subjects": ["s"]}],
        [OURS | {"name": " "}],
        [OURS | {"provider": "cvs"}],
        [OURS | {"subjcts": ["misspelt"]}],
        [OURS | {"subject_prefixes": [""]}],
        [OURS, OURS],
        [{"name": "all"}],
        [{"name": "issuer", "issuers": ["i"]}],
        [{"name": "audience", "issuers": ["i"], "audiences": ["a"]}],
        [{"name": "anybody's", "subjects": ["s"]}],
        [{"name": "empty", "issuers": ["i"], "subjects": []}],
    ],
)
async def test_a_list_that_admits_strangers_or_means_nothing_is_refused(
    replicas: Replicas, listed: Any
) -> None:
    answer = await put(replicas.caller(Role.ADMIN), listed)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("body", [{"publishers": ["ci-1"]}, {"ci_publishers": ["ci-1"]}])
async def test_the_list_of_names_of_old_is_refused_with_a_reason(
    replicas: Replicas, body: dict[str, Any]
) -> None:
    admin = replicas.caller(Role.ADMIN)

    answer = await admin.put(PUBLISHERS, json=body, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 400
    assert answer.json() == IsPartialDict(
        code="INVALID_REQUEST", message=IsStr(regex=".*objects.*issuers.*subjects.*")
    )


async def test_an_equal_request_is_done_once_and_answered_alike(replicas: Replicas) -> None:
    admin = replicas.caller(Role.ADMIN, subject="root-1")
    first = await put(admin, [OURS])
    await replicas.put("ci-publishers", {"publishers": []})

    again = await put(admin, [OURS])
    other = await put(admin, [])

    assert (first.headers["Idempotency-Replayed"], first.status_code) == ("false", 200)
    assert (again.headers["Idempotency-Replayed"], again.json()) == ("true", first.json())
    assert other.status_code == 409
    assert (await admin.get(PUBLISHERS)).json() == IsPartialDict(publishers=[], version=2)


async def test_a_change_of_an_older_list_changes_nothing_and_leaves_the_key(
    replicas: Replicas,
) -> None:
    admin = replicas.caller(Role.ADMIN, subject="root-2")
    await put(admin, [OURS], "a", version=0)

    stale = await put(admin, [], "b", version=0)
    fresh = await put(admin, [], "b", version=1)

    assert (stale.status_code, stale.json()["code"]) == (409, "INVALID_STATE")
    assert (fresh.status_code, fresh.json()["version"]) == (200, 2)


async def test_of_many_changes_of_one_list_one_is_made(replicas: Replicas) -> None:
    admins = [replicas.caller(Role.ADMIN, second=bool(each % 2)) for each in range(10)]

    answers = await asyncio.gather(
        *(
            put(admin, [OURS | {"name": f"publisher-{number}"}], version=0)
            for number, admin in enumerate(admins)
        )
    )

    (winner,) = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} == {200, 409}
    assert (await admins[0].get(PUBLISHERS)).json() == winner.json()


async def test_a_change_is_on_record_with_what_was_before(replicas: Replicas) -> None:
    admin = replicas.caller(Role.ADMIN, subject="root-3")
    await replicas.put("ci-publishers", {"publishers": [OURS]})

    await put(admin, [], "audited")

    rows = await RowReader(replicas.first.core).all(AuditEvent, AuditEvent.actor == "root-3")
    (event,) = [row for row in rows if row.action == Action.ADMIN_CONFIG_CHANGE]
    assert event.subject_id == "ci_publishers"
    assert event.details == IsPartialDict(
        old_value=[OURS | {"provider": "custom"}], new_value=[], actor_role="PLATFORM_ADMIN"
    )


async def test_claims_are_compared_with_each_publisher(replicas: Replicas) -> None:
    narrow = OURS | {"name": "narrow", "audiences": ["delta"], "emails": ["ci@acme.test"]}
    other = {"name": "other", "issuers": ["https://other.test"], "emails": ["ci@acme.test"]}
    await replicas.put("ci-publishers", {"publishers": [OURS, narrow, other]})
    claims = {"iss": "delta-ci", "sub": "ci-1", "aud": ["delta"], "email": "ci@acme.test"}

    answer = await replicas.caller(Role.ADMIN).post(f"{PUBLISHERS}/test", json=claims)

    assert answer.json() == {
        "ci_publisher": "narrow",
        "publishers": [
            {"name": "ours", "matches": True, "unmet": []},
            {"name": "narrow", "matches": True, "unmet": []},
            {"name": "other", "matches": False, "unmet": ["issuers"]},
        ],
    }


async def test_everybody_may_ask_who_one_is(replicas: Replicas) -> None:
    caller = replicas.caller(Role.DEVELOPER, Role.CI_PUBLISHER, subject="ada")

    assert (await caller.get("/v1/whoami")).json() == {
        "actor_id": "ada",
        "sub": "ada",
        "email": None,
        "iss": "delta-ci",
        "aud": "delta-ci",
        "azp": None,
        "role": "OBSERVER",
        "roles": ["OBSERVER", "CI_PUBLISHER"],
        "ci_publisher": None,
    }
    stranger = await replicas.caller(Role.RUNNER).get("/v1/whoami")
    assert (stranger.status_code, stranger.json()["code"]) == (403, "AUTHZ_ROLE_REQUIRED")
