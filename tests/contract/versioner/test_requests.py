"""Deployment requests over the API, from the draft to completion, and who may do what."""

from typing import Any

import pytest

from deltaci.identity.roles import Role
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.testing.tracker import Tracker

REQUESTS = "/deployment-requests/"
TEMPLATES = "/request-templates/"


async def body(tracker: Tracker, **changes: Any) -> dict[str, Any]:
    product = tracker.product()
    await DeploymentRecords(tracker.served.core).version(product=product)
    return {
        "name": "friday",
        "environments": ["production"],
        "items": [{"product_name": product, "version": "1.2.3"}],
        "slots": [{"approval_type": "qa"}],
        "steps": [{"phase": "pre", "title": "back up"}],
    } | changes


async def test_a_request_goes_from_draft_to_completion(tracker_on_each_database: Tracker) -> None:
    tracker = tracker_on_each_database
    dev = tracker.served.caller(Role.DEVELOPER, subject="dev")
    quinn = tracker.served.caller(Role.QA, subject="quinn")
    created = await dev.post(REQUESTS, json=await body(tracker))
    document = created.json()
    product = document["items"][0]["product_name"]
    path = f"{REQUESTS}{document['id']}"
    slot = f"{path}/slots/{document['slots'][0]['id']}"
    step = f"{path}/steps/{document['steps'][0]['id']}"

    assert (created.status_code, document["status"]) == (201, "draft")
    assert document["slots"][0]["approver_roles"] == [
        "admin",
        "release_manager",
        "delivery_owner",
        "qa",
    ]
    assert (await dev.post(f"{path}/activate")).json()["status"] == "in_progress"
    event = {"product_name": product, "version": "1.2.3", "environment_name": "production"}
    asked = (await dev.post("/deployment-events/preflight", json=event)).json()
    assert (asked["http_status"], asked["code"]) == (428, "APPROVAL_REQUIRED")
    assert (await dev.post(f"{slot}/approve", json={})).status_code == 403
    approved = await quinn.post(f"{slot}/approve", json={"comments": "fine"})
    assert approved.json()["status"] == "approved"
    assert (await quinn.post(f"{step}/tick", json={})).status_code == 403
    assert (await dev.post(f"{path}/complete")).status_code == 409
    assert (await dev.post(f"{step}/tick", json={})).json()["steps"][0]["done_by"] == "dev"
    started = event | {"status": "started"}
    assert (await tracker.report(started)).status_code == 200
    (progress,) = (await dev.get(f"{path}/progress")).json()["items"]
    assert progress["progress"] == "in_progress"
    assert (await dev.post(f"{path}/complete")).json()["status"] == "completed"
    assert (await dev.post(f"{path}/cancel")).status_code == 409


async def test_a_draft_is_changed_part_by_part(tracker: Tracker) -> None:
    dev = tracker.served.caller(Role.DEVELOPER, subject="dev")
    document = (await dev.post(REQUESTS, json=await body(tracker))).json()
    path, product = f"{REQUESTS}{document['id']}", document["items"][0]["product_name"]

    renamed = await dev.patch(path, json={"name": "saturday", "environments": ["staging"]})
    unknown = await dev.post(f"{path}/items", json={"product_name": product, "version": "9"})
    answers = [
        await dev.delete(f"{path}/items/{product}"),
        await dev.delete(f"{path}/slots/{document['slots'][0]['id']}"),
        await dev.delete(f"{path}/steps/{document['steps'][0]['id']}"),
        await dev.delete(f"{path}/items/{product}"),
    ]
    added = await dev.post(f"{path}/slots", json={"approval_type": "uat", "required": False})
    stepped = await dev.post(f"{path}/steps", json={"phase": "post", "title": "watch"})

    assert (renamed.json()["name"], renamed.json()["environments"]) == ("saturday", ["staging"])
    assert unknown.status_code == 422
    assert unknown.json()["detail"][0]["loc"] == ["body", "version"]
    assert [answer.status_code for answer in answers] == [204, 204, 204, 404]
    assert [slot["approval_type"] for slot in added.json()["slots"]] == ["uat"]
    assert [one["title"] for one in stepped.json()["steps"]] == ["watch"]


async def test_requests_are_listed_by_status_and_product(tracker: Tracker) -> None:
    dev = tracker.served.caller(Role.DEVELOPER, subject="dev")
    wanted = await body(tracker)
    product = wanted["items"][0]["product_name"]
    ids = [(await dev.post(REQUESTS, json=wanted)).json()["id"] for _ in range(3)]
    await dev.post(f"{REQUESTS}{ids[0]}/cancel")

    async def listed(**query: Any) -> dict[str, Any]:
        answer = await dev.get(REQUESTS, params={"product": product} | query)
        page: dict[str, Any] = answer.json()
        return page

    first = await listed(limit=2)
    second = await listed(limit=2, cursor=first["next_cursor"])
    assert [each["id"] for page in (first, second) for each in page["items"]] == ids[::-1]
    assert [each["id"] for each in (await listed(status="cancelled"))["items"]] == [ids[0]]


async def test_templates_are_made_listed_and_removed(tracker: Tracker) -> None:
    rita = tracker.served.caller(Role.RELEASE_MANAGER, subject="rita")
    name = tracker.product()
    document = {"name": name, "slots": [{"approval_type": "security"}]}

    made = await rita.post(TEMPLATES, json=document)
    again = await rita.post(TEMPLATES, json=document)
    path = f"{TEMPLATES}{made.json()['id']}"
    read = await rita.get(path)
    listed = await rita.get(TEMPLATES)
    removed = [await rita.delete(path), await rita.delete(path)]

    assert (made.status_code, again.status_code) == (201, 409)
    assert read.json() == made.json()
    assert made.json() in listed.json()["items"]
    assert [answer.status_code for answer in removed] == [204, 404]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"items": [{"product_name": "shop"}]},
        {"slots": [{"approval_type": "vibes"}]},
        {"slots": [{"approval_type": "qa"}] * 21},
        {"steps": [{"phase": "mid", "title": "x"}]},
        {"environments": ["a\0b"]},
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(
    tracker: Tracker, changes: dict[str, Any]
) -> None:
    answer = await tracker.admin.post(REQUESTS, json=await body(tracker, **changes))

    assert answer.status_code == 422
