"""Rules over the API: made, changed, asked and removed; what did not hold is on record."""

from typing import Any

import pytest

from deltaci.core import Core
from deltaci.identity.roles import Role
from deltaci.ids import new_uid
from deltaci.rules.check import check_rules, note_violations
from deltaci.rules.model import Attempt
from deltaci.store.tables import Announcement, AuditEvent, RuleViolation
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.testing.row_reader import RowReader
from deltaci.testing.tracker import Tracker

RULES = "/deployment-rules/"
ALWAYS = {"windows": [{"recurrence": "daily", "start_time": "00:00", "end_time": "00:00"}]}
FLOW = {"prerequisites": ["staging"], "target": "production", "soak_minutes": 5}


def rule(product: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"{product} never",
        "type": "schedule",
        "products": [product],
        "config": ALWAYS,
    } | changes


async def made(tracker: Tracker, body: dict[str, Any]) -> dict[str, Any]:
    answer = await tracker.admin.post(RULES, json=body)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def refused(core: Core, product: str, environment: str = "production") -> str:
    """Refuse an attempt as event ingestion does, and return its id."""
    attempt = Attempt(new_uid(), product, "1.2.3", environment, "ada", core.clock())
    async with core.database.write() as tx:
        verdict = await check_rules(tx, core, attempt)
        note_violations(tx, attempt, verdict, blocked=verdict.refusal is not None)
    return attempt.id


async def test_a_rule_is_made_read_changed_and_removed(
    tracker_on_each_database: Tracker,
) -> None:
    tracker = tracker_on_each_database
    product = tracker.product()
    created = await made(tracker, rule(product))
    path = f"{RULES}{created['id']}"

    read = await tracker.admin.get(path)
    changed = await tracker.admin.patch(
        path, json={"status": "report_only", "reason": "hotfix", "revision": 1}
    )
    again = await tracker.admin.patch(path, json={"status": "report_only"})
    stale = await tracker.admin.patch(path, json={"description": "x", "revision": 1})
    listed = await tracker.admin.get(RULES)
    removed = await tracker.admin.delete(path)

    assert read.json() == created
    assert (created["revision"], created["status"]) == (1, "enabled")
    assert (changed.json()["revision"], changed.json()["status"]) == (2, "report_only")
    assert again.json() == changed.json()
    assert stale.status_code == 409
    assert changed.json() in listed.json()["items"]
    assert removed.status_code == 204
    assert (await tracker.admin.get(path)).status_code == 404
    rows = RowReader(tracker.served.core)
    audited = await rows.all(AuditEvent, AuditEvent.subject_id == created["id"])
    assert [event.action for event in audited] == [
        "rule.added",
        "rule.status_changed",
        "rule.removed",
    ]
    assert audited[1].details["old_value"] == "enabled"
    assert audited[1].details["reason"] == "hotfix"


async def test_two_rules_never_have_one_name(tracker: Tracker) -> None:
    product = tracker.product()
    await made(tracker, rule(product))
    other = await made(tracker, rule(product, name=f"{product} two"))

    twice = await tracker.admin.post(RULES, json=rule(product))
    renamed = await tracker.admin.patch(
        f"{RULES}{other['id']}", json={"name": rule(product)["name"]}
    )

    assert (twice.status_code, renamed.status_code) == (409, 409)
    assert twice.json() == {"detail": "another rule has this name"}


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"type": "wish"}, ["body", "type"]),
        ({"name": ""}, ["body", "name"]),
        ({"config": {}}, ["body", "config", "windows"]),
        ({"config": ALWAYS | {"window": 1}}, ["body", "config", "window"]),
        ({"type": "flow", "config": {"target": "x"}}, ["body", "config", "prerequisites"]),
        ({"type": "flow", "config": FLOW | {"target": "staging"}}, ["body", "config"]),
        ({"type": "concurrency", "config": {"limit": 0}}, ["body", "config", "limit"]),
        (
            {"type": "version_approval", "config": {"required_types": ["vibes"]}},
            ["body", "config", "required_types", 0],
        ),
        ({"surprise": 1}, ["body", "surprise"]),
    ],
)
async def test_a_rule_that_means_nothing_is_refused_where_it_does(
    tracker: Tracker, changes: dict[str, Any], loc: list[Any]
) -> None:
    answer = await tracker.admin.post(RULES, json=rule("p", name="bad") | changes)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == loc


async def test_a_change_of_what_a_rule_asks_for_is_looked_at_like_a_new_rule(
    tracker: Tracker,
) -> None:
    created = await made(tracker, rule(tracker.product()))
    answer = await tracker.admin.patch(f"{RULES}{created['id']}", json={"config": FLOW})

    assert answer.status_code == 422


async def test_asking_beforehand_tells_everything_and_records_nothing(tracker: Tracker) -> None:
    product = tracker.product()
    await made(tracker, rule(product))
    flow = {"type": "flow", "config": FLOW, "name": f"{product} flow", "status": "report_only"}
    await made(tracker, rule(product, **flow))
    body = {"product_name": product, "version": "1.2.3", "environment_name": "production"}

    answer = await tracker.tool.post("/deployment-events/preflight", json=body)

    told = answer.json()
    assert answer.status_code == 200
    assert (told["would_allow"], told["http_status"]) == (False, 423)
    assert (told["code"], told["preflight_status"]) == ("NO_DEPLOY_WINDOW", "failed")
    evaluated = told["rules_evaluated"]
    assert [(each["status"], each["evaluation_result"]) for each in evaluated] == [
        ("report_only", "failed"),
        ("enabled", "failed"),
    ]
    rows = RowReader(tracker.served.core)
    assert not await rows.all(RuleViolation, RuleViolation.product == product)
    assert not await rows.all(Announcement, Announcement.product == product)


async def test_asking_about_another_moment_tells_of_that_moment(tracker: Tracker) -> None:
    product = tracker.product()
    once = {"recurrence": "once", "starts_at": "2027-01-01T00:00", "ends_at": "2027-01-02T00:00"}
    await made(tracker, rule(product, config={"windows": [once]}))
    body = {"product_name": product, "version": "1.2.3", "environment_name": "production"}

    then = await tracker.tool.post(
        "/deployment-events/preflight", json=body | {"at": "2027-01-01T12:00:00Z"}
    )
    now = await tracker.tool.post("/deployment-events/preflight", json=body)

    assert then.json()["retry_after"] == "2027-01-02T00:00:00.000Z"
    assert now.json()["would_allow"]
    assert now.json()["http_status"] == 200


async def test_what_did_not_hold_is_listed_by_every_filter_newest_first(
    tracker_on_each_database: Tracker,
) -> None:
    tracker = tracker_on_each_database
    core = tracker.served.core
    product = tracker.product()
    blocking = await made(tracker, rule(product, environments=["production"]))
    noting = await made(tracker, rule(product, name=f"{product} n", status="report_only"))
    first = await refused(core, product)
    second = await refused(core, product, "staging")

    async def listed(**query: Any) -> list[tuple[str, bool]]:
        answer = await tracker.admin.get(f"{RULES}violations", params={"product": product} | query)
        assert answer.status_code == 200, answer.text
        return [(each["attempt_id"], each["blocked"]) for each in answer.json()["items"]]

    assert await listed() == [(second, False), (first, True), (first, False)]
    assert await listed(blocked=True) == [(first, True)]
    assert await listed(environment="staging") == [(second, False)]
    assert await listed(rule_id=noting["id"], limit=1) == [(second, False)]
    assert await listed(rule_id=blocking["id"]) == [(first, True)]
    assert await listed(until="2020-01-01T00:00:00Z") == []
    assert len(await listed(since="2020-01-01T00:00:00Z")) == 3


async def test_violations_come_in_pages(tracker: Tracker) -> None:
    product = tracker.product()
    await made(tracker, rule(product))
    attempts = [await refused(tracker.served.core, product) for _ in range(3)]
    query: dict[str, Any] = {"product": product, "limit": 2}

    first = (await tracker.admin.get(f"{RULES}violations", params=query)).json()
    query["cursor"] = first["next_cursor"]
    second = (await tracker.admin.get(f"{RULES}violations", params=query)).json()
    bad = await tracker.admin.get(f"{RULES}violations", params=query | {"cursor": "%%"})

    pages = [each["attempt_id"] for page in (first, second) for each in page["items"]]
    assert pages == attempts[::-1]
    assert second["next_cursor"] is None
    assert bad.status_code == 422


async def test_a_version_is_signed_off_over_the_api(tracker: Tracker) -> None:
    core = tracker.served.core
    product = tracker.product()
    version_id = await DeploymentRecords(core).version(product=product)
    path = f"/versions/{version_id}/approvals"
    quinn = tracker.served.caller(Role.QA, subject="quinn")
    body = {"approval_type": "qa", "comments": " all green "}

    first, again = await quinn.post(path, json=body), await quinn.post(path, json=body)
    wrong = await quinn.post(path, json={"approval_type": "security"})
    observer = await tracker.served.caller(Role.OBSERVER).post(path, json=body)
    listed = await tracker.tool.get(path)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == listed.json()["items"][0]
    assert first.json()["comments"] == "all green"
    assert (wrong.status_code, observer.status_code) == (403, 403)
    assert (await quinn.post("/versions/none/approvals", json=body)).status_code == 404
