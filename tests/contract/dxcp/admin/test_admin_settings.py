"""Spec §1.7, §3.5 and §5: limits, the switch and the policy count at once, on every replica."""

import asyncio
from collections import Counter
from typing import Any

import httpx2
import pytest
from dirty_equals import IsPartialDict

from deltaci.identity.roles import Role
from deltaci.store.audit import Action
from deltaci.store.tables import AuditEvent
from deltaci.testing.replicas import SYSTEM, Replicas
from deltaci.testing.row_reader import RowReader

LIMITS = f"{SYSTEM}/rate-limits"
SWITCH = f"{SYSTEM}/mutations-disabled"
EXPOSURE = f"{SYSTEM}/ui-exposure-policy"
DEFAULTS = {"read_rpm": 60, "mutate_rpm": 10, "daily_quota_build_register": 50}
SHOWN = {"artifactRef": {"display": False}, "externalLinks": {"display": True}}
HIDDEN = {"artifactRef": {"display": False}, "externalLinks": {"display": False}}
BUILD = {
    "service": "quota-shop",
    "artifactRef": "s3://bucket/quota-shop/quota-shop.zip",
    "git_sha": "abc",
    "git_branch": "main",
    "ci_provider": "github",
    "ci_run_id": "1",
    "built_at": "2026-02-27T00:00:00Z",
}
AT_ONCE = 40


async def changes_by(replicas: Replicas, actor: str) -> list[AuditEvent]:
    rows = await RowReader(replicas.first.core).all(AuditEvent, AuditEvent.actor == actor)
    return [row for row in rows if row.action == Action.ADMIN_CONFIG_CHANGE]


async def test_limits_are_the_settings_until_an_admin_sets_others(replicas: Replicas) -> None:
    admin = replicas.caller(Role.ADMIN, second=True)
    others = {"read_rpm": 5000, "mutate_rpm": 1, "daily_quota_build_register": 0}

    assert (await admin.get(LIMITS)).json() == DEFAULTS | {"source": "runtime"}
    await replicas.put("rate-limits", others)

    assert (await admin.get(LIMITS)).json() == others | {"source": "runtime"}


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("value", [None, True, "10", 10.0, -1, 5001, [10]])
async def test_a_limit_is_a_whole_number_in_bounds(
    replicas: Replicas, name: str, value: Any
) -> None:
    admin = replicas.caller(Role.ADMIN)

    answer = await admin.put(LIMITS, json=DEFAULTS | {name: value})

    assert answer.status_code == 400
    assert answer.json() == IsPartialDict(
        code="INVALID_REQUEST", details={"missing_fields": [], "invalid_fields": [name]}
    )


@pytest.mark.parametrize("name", DEFAULTS)
async def test_every_limit_is_required(replicas: Replicas, name: str) -> None:
    some = {other: value for other, value in DEFAULTS.items() if other != name}

    answer = await replicas.caller(Role.ADMIN).put(LIMITS, json=some)

    assert answer.json()["details"] == {"missing_fields": [name], "invalid_fields": []}


async def test_each_limit_has_its_own_record(replicas: Replicas) -> None:
    admin = replicas.caller(Role.ADMIN, subject="limiter")

    await admin.put(LIMITS, json=DEFAULTS | {"read_rpm": 100})

    events = await changes_by(replicas, "limiter")
    changed = {
        row.subject_id: (row.details["old_value"], row.details["new_value"]) for row in events
    }
    assert changed == {
        "read_rpm": (60, 100),
        "mutate_rpm": (10, 10),
        "daily_quota_build_register": (50, 50),
    }


async def test_a_limit_is_one_for_all_replicas_however_many_ask_at_once(
    replicas: Replicas,
) -> None:
    await replicas.put("rate-limits", DEFAULTS | {"read_rpm": 7})
    one_caller = [
        replicas.caller(Role.OBSERVER, subject="busy", second=bool(number % 2))
        for number in range(AT_ONCE)
    ]

    answers = await asyncio.gather(*(each.get("/v1/whoami") for each in one_caller))
    statuses = Counter(answer.status_code for answer in answers)
    limited = next(answer for answer in answers if answer.status_code == 429)

    assert statuses == {200: 7, 429: AT_ONCE - 7}
    assert limited.json() == IsPartialDict(code="RATE_LIMITED", failure_cause="POLICY_CHANGE")
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert (await replicas.caller(Role.OBSERVER).get("/v1/whoami")).status_code == 200


async def test_a_quota_is_one_for_all_replicas_and_replays_are_free(replicas: Replicas) -> None:
    limits = {"read_rpm": 60, "mutate_rpm": 5000, "daily_quota_build_register": 3}
    await replicas.put("rate-limits", limits)
    ours = {"name": "ours", "issuers": ["delta-ci"], "subjects": ["ci-busy"]}
    await replicas.put("ci-publishers", {"publishers": [ours]})
    owner = replicas.caller(Role.DELIVERY_OWNER)
    await owner.post("/v1/services", json={"service_name": "quota-shop"})
    callers = [
        replicas.caller(Role.CI_PUBLISHER, subject="ci-busy", second=second)
        for second in (False, True)
    ]

    async def register(number: int) -> httpx2.Response:
        build = BUILD | {"version": f"1.0.{number}"}
        headers = {"Idempotency-Key": f"key-{number}"}
        path = "/v1/builds/register"
        return await callers[number % 2].post(path, json=build, headers=headers)

    answers = await asyncio.gather(*map(register, range(AT_ONCE)))
    statuses = [answer.status_code for answer in answers]
    limited = next(answer for answer in answers if answer.status_code == 429)
    again = await register(statuses.index(201))

    assert Counter(statuses) == {201: 3, 429: AT_ONCE - 3}
    assert limited.json()["code"] == "QUOTA_EXCEEDED"
    assert 1 <= int(limited.headers["Retry-After"]) <= 24 * 60 * 60
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")


async def change_everything(admin: httpx2.AsyncClient) -> set[int]:
    """Ask for every change that admins can make but the switch itself."""
    bodies: dict[str, Any] = {LIMITS: DEFAULTS, EXPOSURE: HIDDEN}
    bodies[f"{SYSTEM}/ci-publishers"] = {"publishers": []}
    answers = [
        await admin.put(path, json=body, headers={"Idempotency-Key": "k"})
        for path, body in bodies.items()
    ]
    return {answer.status_code for answer in answers}


async def test_the_switch_refuses_every_change_but_itself_on_all_replicas(
    replicas: Replicas,
) -> None:
    one, other = replicas.caller(Role.ADMIN), replicas.caller(Role.ADMIN, second=True)
    reader = replicas.caller(Role.OBSERVER, second=True)

    for method, off, statuses in [("PUT", True, {503}), ("PATCH", False, {200})]:
        answer = await one.request(method, SWITCH, json={"mutations_disabled": off})
        assert answer.json() == {"mutations_disabled": off, "source": "runtime"}
        assert (await other.get(SWITCH)).json() == answer.json()
        assert (await reader.get("/v1/settings/public")).json()["mutations_disabled"] is off
        assert await change_everything(one) == statuses
        assert await change_everything(other) == statuses


async def test_a_switched_off_build_is_refused_before_its_publisher_is_looked_at(
    replicas: Replicas,
) -> None:
    await replicas.put("mutations-disabled", {"mutations_disabled": True})
    names = ("service", "version", "artifactRef", "git_sha", "git_branch", "ci_provider")
    build = dict.fromkeys((*names, "ci_run_id", "built_at"), "x")

    answer = await replicas.caller(Role.OBSERVER).post("/v1/builds/register", json=build)

    assert (answer.status_code, answer.json()["code"]) == (503, "MUTATIONS_DISABLED")


@pytest.mark.parametrize("value", [None, 1, 0, "true", []])
async def test_the_switch_takes_a_real_boolean(replicas: Replicas, value: Any) -> None:
    answer = await replicas.caller(Role.ADMIN).put(SWITCH, json={"mutations_disabled": value})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


async def test_who_switched_what_and_why_is_on_record(replicas: Replicas) -> None:
    admin = replicas.caller(Role.ADMIN, subject="switcher")

    answer = await admin.put(SWITCH, json={"mutations_disabled": True, "reason": "incident 7"})

    (event,) = await changes_by(replicas, "switcher")
    assert event.details == IsPartialDict(
        old_value=False,
        new_value=True,
        reason="incident 7",
        request_id=answer.headers["X-Request-Id"],
        actor_role="PLATFORM_ADMIN",
        actor_sub="switcher",
    )


async def test_nothing_is_shown_before_an_admin_says_so(replicas: Replicas) -> None:
    admin, reader = replicas.caller(Role.ADMIN), replicas.caller(Role.OBSERVER, second=True)

    assert (await admin.get(EXPOSURE)).json() == {"policy": HIDDEN, "source": "runtime"}
    given = {"externalLinks": {"display": True}, "unknown": {"dropped": 1}}
    answer = await admin.put(EXPOSURE, json=given)

    assert answer.json() == {"policy": SHOWN, "source": "runtime"}
    assert (await reader.get("/v1/ui/policy/ui-exposure")).json() == answer.json()


@pytest.mark.parametrize("field", HIDDEN)
@pytest.mark.parametrize("value", ["yes", {"display": "true"}, {"display": 1}, {"display": None}])
async def test_the_policy_takes_real_booleans(replicas: Replicas, field: str, value: Any) -> None:
    answer = await replicas.caller(Role.ADMIN).put(EXPOSURE, json={field: value})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


async def test_user_interfaces_learn_what_they_need(replicas: Replicas) -> None:
    public = {
        "default_refresh_interval_seconds": 300,
        "min_refresh_interval_seconds": 60,
        "max_refresh_interval_seconds": 3600,
        "mutations_disabled": False,
    }

    assert (await replicas.caller(Role.CI_PUBLISHER).get("/v1/settings/public")).json() == public
    answer = await replicas.caller(Role.ADMIN).get("/v1/settings/admin")
    assert answer.json() == public | DEFAULTS
