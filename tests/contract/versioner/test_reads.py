"""What was reported can be read: page by page, filtered, and as a matrix."""

from typing import Any

import pytest

from deltaci.testing.tracker import SHA, Tracker

PATHS = ("products", "versions", "environments", "builds", "deployments", "events")


async def got(tracker: Tracker, path: str, **query: Any) -> Any:
    answer = await tracker.tool.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_newest_deployment_is_the_current_state(tracker: Tracker) -> None:
    event = tracker.deployment()
    await tracker.accepted(event)
    newest = await tracker.accepted(event | {"version": "1.2.4", "completed_at": None})
    query = {"environment": "production", "product": event["product_name"], "limit": 1}
    page = await got(tracker, "/deployments/", **query)

    del newest["soak_time_hours"], page["items"][0]["soak_time_hours"]
    assert page["items"] == [newest]
    rest = await got(tracker, "/deployments/", cursor=page["next_cursor"], **query)
    assert [row["version"] for row in rest["items"]] == ["1.2.3"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("spelling", ["failed", "ERROR", " fail "])
async def test_deployments_are_filtered_by_any_spelling_of_a_status(
    tracker: Tracker, spelling: str
) -> None:
    event = tracker.deployment()
    await tracker.accepted(event)
    failed = await tracker.accepted(event | {"status": "failure"})
    page = await got(tracker, "/deployments/", product=event["product_name"], status=spelling)

    assert [row["id"] for row in page["items"]] == [failed["id"]]


@pytest.mark.parametrize("path", ["/builds/", "/deployments/"])
async def test_a_status_that_there_is_not_is_a_fault(tracker: Tracker, path: str) -> None:
    answer = await tracker.tool.get(path, params={"status": "gone"})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "status"]


async def test_everything_can_be_read_by_the_ids_that_events_answer(tracker: Tracker) -> None:
    product = tracker.product()
    build = await tracker.accepted(tracker.build(product_name=product))
    deployment = await tracker.accepted(tracker.deployment(product_name=product))

    version = await got(tracker, f"/versions/{build['version_id']}")
    assert (version["product_name"], version["scm_sha"]) == (product, SHA)
    assert (await got(tracker, f"/products/{build['product_id']}"))["name"] == product
    environment = await got(tracker, f"/environments/{deployment['environment_id']}")
    assert (environment["name"], environment["type"]) == ("production", "production")
    assert await got(tracker, f"/builds/{build['id']}") == build
    assert (await got(tracker, f"/deployments/{deployment['id']}"))["id"] == deployment["id"]


async def test_a_version_is_found_by_the_beginning_of_its_commit(tracker: Tracker) -> None:
    product = tracker.product()
    build = await tracker.accepted(tracker.build(product_name=product))
    found = await got(tracker, "/versions/", product=product, scm_sha=SHA[:7])
    none = await got(tracker, "/versions/", product=product, scm_sha="%")

    assert [row["id"] for row in found["items"]] == [build["version_id"]]
    assert none["items"] == []


async def test_environments_come_in_the_order_of_promotions(tracker: Tracker) -> None:
    for name in ("live-o", "qa-o", "uat-o", "dev-o", "elsewhere-o"):
        await tracker.accepted(tracker.deployment(environment_name=name))
    names = [row["name"] for row in (await got(tracker, "/environments/"))["items"]]
    ours = [name for name in names if name.endswith("-o")]
    staging = (await got(tracker, "/environments/", type="staging"))["items"]

    assert ours == ["dev-o", "qa-o", "uat-o", "live-o", "elsewhere-o"]
    assert {row["type"] for row in staging} == {"staging"}


async def test_every_event_can_be_read_refused_ones_too(tracker: Tracker) -> None:
    event = tracker.build()
    build = await tracker.accepted(event)
    await tracker.report(event | {"scm_sha": "0" * 40})
    page = await got(tracker, "/events/", product=event["product_name"])
    refused = await got(tracker, "/events/", product=event["product_name"], outcome="refused")

    assert [row["outcome"] for row in page["items"]] == ["refused", "opened"]
    assert [row["subject_id"] for row in page["items"]] == [None, build["id"]]
    assert refused["items"] == page["items"][:1]


@pytest.mark.parametrize("noun", [*PATHS, "matrix"])
async def test_a_cursor_that_is_none_of_ours_is_a_fault(tracker: Tracker, noun: str) -> None:
    if noun == "environments":
        return
    answer = await tracker.tool.get(f"/{noun}/", params={"cursor": "!"})

    assert answer.status_code == 422


@pytest.mark.parametrize("noun", PATHS[:-1])
async def test_what_there_is_not_is_not_found(tracker: Tracker, noun: str) -> None:
    answer = await tracker.tool.get(f"/{noun}/nothing")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found"})


@pytest.mark.parametrize("path", ["/products/a/b/c", "/matrix/x", "/dora/x"])
async def test_paths_of_the_contract_that_lead_nowhere_are_refused_in_its_shape(
    tracker: Tracker, path: str
) -> None:
    answer = await tracker.tool.get(path)

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found"})


@pytest.mark.parametrize("path", ["/build-events/", "/deployment-events/"])
async def test_a_wrong_method_is_refused_in_the_contracts_shape(
    tracker: Tracker, path: str
) -> None:
    answer = await tracker.tool.get(path)

    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})


async def test_the_matrix_shows_what_completed_last_and_what_did_not(
    tracker_on_each_database: Tracker,
) -> None:
    tracker = tracker_on_each_database
    product = tracker.product()

    async def told(version: str, environment: str, status: str) -> str:
        event = tracker.deployment(product_name=product, completed_at=None, invoke_id=None)
        names = {"version": version, "environment_name": environment, "status": status}
        return str((await tracker.accepted(event | names))["id"])

    await told("1.0.0", "m-qa", "success")
    await told("1.0.0", "m-live", "success")
    await told("1.1.0", "m-qa", "success")
    failed = await told("1.2.0", "m-qa", "failed")
    begun = await told("1.3.0", "m-qa", "started")
    await told("1.3.0", "m-dev", "started")
    names = ["m-live", "m-qa", "m-dev", "m-nowhere"]
    matrix = await got(tracker, "/matrix/", product=product, environment=names)
    (row,) = matrix["rows"]
    cells = row["cells"]

    assert [column["name"] for column in matrix["environments"]] == ["m-dev", "m-qa", "m-live"]
    assert (row["product_name"], row["drifted"]) == (product, True)
    assert cells["m-qa"]["current"]["version"] == "1.1.0"
    assert cells["m-qa"]["open"]["deployment_id"] == begun
    assert cells["m-qa"]["last_failed"]["deployment_id"] == failed
    assert cells["m-live"]["current"]["version"] == "1.0.0"
    assert (cells["m-dev"]["current"], cells["m-dev"]["open"]["version"]) == (None, "1.3.0")


async def test_an_empty_cell_is_no_difference(tracker: Tracker) -> None:
    product = tracker.product()
    for environment in ("d-qa", "d-live"):
        await tracker.accepted(
            tracker.deployment(product_name=product, environment_name=environment)
        )
    await tracker.accepted(
        tracker.deployment(product_name=product, environment_name="d-dev", status="started")
    )
    (row,) = (await got(tracker, "/matrix/", product=product))["rows"]

    assert row["drifted"] is False
    assert set(row["cells"]) == {"d-qa", "d-live", "d-dev"}


async def test_the_matrix_has_pages_by_name(tracker: Tracker) -> None:
    products = sorted([tracker.product() for _ in range(3)])
    for product in products:
        await tracker.accepted(tracker.deployment(product_name=product))
    first = await got(tracker, "/matrix/", product=products, limit=2)
    second = await got(tracker, "/matrix/", product=products, limit=2, cursor=first["next_cursor"])

    assert [row["product_name"] for row in [*first["rows"], *second["rows"]]] == products
    assert second["next_cursor"] is None


async def test_the_four_keys_of_a_product(tracker_on_each_database: Tracker) -> None:
    tracker = tracker_on_each_database
    event = tracker.deployment(completed_at=None, invoke_id=None)
    product = event["product_name"]
    await tracker.accepted(event)
    await tracker.accepted(event | {"version": "1.2.4", "status": "failed"})
    await tracker.accepted(event | {"version": "1.2.5"})
    await tracker.accepted(event | {"version": "1.2.5", "status": "aborted"})
    await tracker.accepted(event | {"version": "1.2.6", "environment_name": "qa"})
    keys = await got(tracker, "/dora/", product=product, days=10)
    of_qa = await got(tracker, "/dora/", product=product, environment="qa")

    assert (keys["deployments"], keys["failures"]) == (2, 1)
    assert (keys["deployments_per_day"], keys["change_failure_rate"]) == (0.2, 0.3333)
    assert keys["lead_time_hours"] >= 0
    assert keys["time_to_restore_hours"] >= 0
    assert (of_qa["deployments"], of_qa["failures"]) == (1, 0)
