"""Spec §5: what happened is read by admins, newest first, in the contract's shape."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from dirty_equals import IsPartialDict, IsStr

from deltaci.identity.roles import Role
from deltaci.store import audit
from deltaci.testing.replicas import Replicas

EVENTS = "/v1/audit/events"
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

_years = itertools.count(2100)


@pytest.fixture
def year() -> int:
    """A year of the test's own, so that it sees no events but those that it made."""
    return next(_years)


async def happened(replicas: Replicas, *at: datetime, action: audit.Action) -> None:
    async with replicas.first.core.database.write() as tx:
        for number, moment in enumerate(at):
            audit.record(
                tx,
                actor="ci-main",
                action=action,
                subject_kind="build",
                subject_id=f"build-{number}",
                at=moment,
                service="shop",
                version="1.2.3",
            )
            await tx.flush()


def of(year: int) -> dict[str, str]:
    return {"start_time": f"{year}-01-01T00:00:00Z", "end_time": f"{year + 1}-01-01T00:00:00Z"}


async def test_an_event_has_the_contracts_shape(replicas: Replicas, year: int) -> None:
    await happened(replicas, datetime(year, 5, 1, tzinfo=UTC), action=audit.Action.BUILD_DENIED)

    answer = await replicas.caller(Role.ADMIN).get(EVENTS, params=of(year))

    assert answer.json() == [
        {
            "event_id": IsStr(regex="[0-9]+"),
            "event_type": "BUILD_DENIED",
            "actor_id": "ci-main",
            "actor_role": "UNKNOWN",
            "target_type": "Build",
            "target_id": "build-0",
            "timestamp": f"{year}-05-01T00:00:00.000Z",
            "outcome": "DENIED",
            "summary": '{"service": "shop", "version": "1.2.3"}',
            "delivery_group_id": None,
            "service_name": "shop",
            "environment": None,
        }
    ]


async def test_a_changed_setting_tells_what_it_was_and_became(replicas: Replicas) -> None:
    admin = replicas.caller(Role.ADMIN, subject="auditor")
    body = {"mutations_disabled": True, "reason": "drill"}
    changed = await admin.put("/v1/admin/system/mutations-disabled", json=body)

    events = await admin.get(EVENTS, params={"event_type": "ADMIN_CONFIG_CHANGE", "limit": 1})

    (event,) = events.json()
    assert event == IsPartialDict(
        actor_id="auditor",
        actor_role="PLATFORM_ADMIN",
        target_type="AdminSetting",
        target_id="mutations_disabled",
        outcome="SUCCESS",
    )
    assert json.loads(event["summary"]) == IsPartialDict(
        request_id=changed.headers["X-Request-Id"],
        timestamp=IsStr,
        setting_key="mutations_disabled",
        old_value=False,
        new_value=True,
        actor_id="auditor",
        actor_sub="auditor",
        actor_email=None,
        actor_azp=None,
        actor_role="PLATFORM_ADMIN",
        reason="drill",
    )


async def test_pages_follow_each_other_without_a_gap(replicas: Replicas, year: int) -> None:
    began = datetime(year, 1, 1, tzinfo=UTC)
    moments = [began + timedelta(days=day) for day in range(7)]
    await happened(replicas, *moments, action=audit.Action.BUILD_REGISTERED)
    admin, seen, cursor = replicas.caller(Role.ADMIN), [], ""

    for size in (3, 3, 1):
        query = of(year) | {"limit": "3", "cursor": cursor}
        answer = await admin.get(EVENTS, params=query)
        assert len(answer.json()) == size
        seen += [event["target_id"] for event in answer.json()]
        cursor = answer.headers.get("X-Next-Cursor", "")

    assert seen == [f"build-{number}" for number in reversed(range(7))]
    assert cursor == ""


async def test_events_are_found_by_type_and_time(replicas: Replicas, year: int) -> None:
    noon = datetime(year, 6, 1, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    await happened(replicas, noon - hour, noon, noon + hour, action=audit.Action.BUILD_REGISTERED)
    await happened(replicas, noon, action=audit.Action.BUILD_DENIED)
    admin = replicas.caller(Role.ADMIN)

    async def found(**query: str) -> list[tuple[str, str]]:
        answer = await admin.get(EVENTS, params=of(year) | query)
        return [(event["event_type"], event["target_id"]) for event in answer.json()]

    denied, registered = "BUILD_DENIED", "BUILD_REGISTERED"
    assert await found(event_type=denied) == [(denied, "build-0")]
    assert len(await found(event_type=registered)) == 3
    assert await found(event_type="DEPLOY_SUBMIT") == []
    assert await found(start_time=noon.isoformat(), event_type=registered) == [
        (registered, "build-2"),
        (registered, "build-1"),
    ]
    assert await found(end_time=noon.isoformat()) == [(registered, "build-0")]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "ten"},
        {"start_time": "yesterday"},
        {"cursor": "%00"},
        {"cursor": "WyItMSJd"},
        {"cursor": "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OSJd"},
    ],
)
async def test_a_question_that_means_nothing_is_refused(
    replicas: Replicas, query: dict[str, str]
) -> None:
    answer = await replicas.caller(Role.ADMIN).get(EVENTS, params=query)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


async def test_a_refused_role_is_on_record(replicas: Replicas) -> None:
    await replicas.caller(Role.OBSERVER, subject="curious").get(EVENTS)

    query = {"event_type": "ACCESS_DENIED", "limit": "1"}
    (event,) = (await replicas.caller(Role.ADMIN).get(EVENTS, params=query)).json()

    assert (event["actor_id"], event["outcome"], event["target_id"]) == (
        "curious",
        "DENIED",
        EVENTS,
    )
