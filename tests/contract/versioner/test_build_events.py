"""Seed «Versioner API Contract»: `POST /build-events/`, sentence by sentence."""

import pytest

from deltaci.store.tables import Build, Product, TrackedEvent, Version
from deltaci.testing.row_reader import RowReader
from deltaci.testing.tracker import SHA, Tracker


async def test_the_seeds_example_is_answered_as_the_seed_says(tracker: Tracker) -> None:
    event = tracker.build()
    answer = await tracker.report(event)
    record = answer.json()

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert {"id", "product_id", "version_id"} <= record.keys()
    assert all(isinstance(record[name], str) for name in ("id", "product_id", "version_id"))
    assert record["status"] == "completed"
    assert record["started_at"] == "2025-10-23T10:00:00.000Z"
    assert record["completed_at"] == "2025-10-23T10:05:00.000Z"
    for name in event.keys() - {"status", "started_at", "completed_at"}:
        assert record[name] == event[name]


async def test_products_and_versions_are_made_on_first_sight(tracker: Tracker) -> None:
    event = tracker.build()
    first = await tracker.accepted(event)
    second = await tracker.accepted(event | {"version": "1.2.4"})
    rows = RowReader(tracker.served.core)
    product = await rows.one(Product, Product.id == event["product_name"])

    assert (product.uid, product.is_service) == (first["product_id"], False)
    assert second["product_id"] == first["product_id"]
    assert second["version_id"] != first["version_id"]
    assert len(await rows.all(Version, Version.product == product.id)) == 2


async def test_many_builds_may_be_of_one_version(tracker: Tracker) -> None:
    event = tracker.build()
    first, second = await tracker.accepted(event), await tracker.accepted(event)

    assert first["id"] != second["id"]
    assert first["version_id"] == second["version_id"]


async def test_a_version_is_of_one_commit(tracker: Tracker) -> None:
    event = tracker.build()
    await tracker.accepted(event)
    other = await tracker.report(event | {"scm_sha": "f" * 40})
    rows = RowReader(tracker.served.core)
    refused = await rows.one(
        TrackedEvent,
        TrackedEvent.product == event["product_name"],
        TrackedEvent.outcome == "refused",
    )

    assert other.status_code == 409
    assert other.json() == {"detail": "Version 1.2.3 already exists with different SHA"}
    assert (refused.subject_id, refused.payload["scm_sha"]) == (None, "f" * 40)
    assert len(await rows.all(Build, Build.product == event["product_name"])) == 1


@pytest.mark.parametrize("sha", [None, "", SHA[:7], SHA[:12].upper(), SHA])
async def test_short_and_full_names_of_a_commit_agree(tracker: Tracker, sha: str | None) -> None:
    event = tracker.build()
    await tracker.accepted(event)
    await tracker.accepted({**event, "scm_sha": sha})
    version = await RowReader(tracker.served.core).one(
        Version, Version.product == event["product_name"]
    )

    assert version.scm_sha == SHA


async def test_the_first_commit_that_is_told_counts(tracker: Tracker) -> None:
    event = tracker.build(scm_sha=None)
    await tracker.accepted(event)
    await tracker.accepted(event | {"scm_sha": SHA[:8]})
    await tracker.accepted(event | {"scm_sha": SHA})

    assert (await tracker.report(event | {"scm_sha": SHA[:8] + "0" * 32})).status_code == 409


async def test_a_build_is_one_record_from_its_start_to_its_end(tracker: Tracker) -> None:
    event = tracker.build(completed_at=None, status="started", extra_metadata={"a": 1})
    begun = await tracker.accepted(event)
    again = await tracker.accepted(event)
    ended = await tracker.accepted(
        event
        | {"status": "built", "completed_at": "2025-10-23T10:05:00Z"}
        | {"started_at": "2025-10-23T10:04:59Z", "extra_metadata": {"b": 2}}
    )

    assert begun["id"] == again["id"] == ended["id"]
    assert [begun["status"], begun["completed_at"]] == ["started", None]
    assert [ended["status"], ended["completed_at"]] == ["completed", "2025-10-23T10:05:00.000Z"]
    assert ended["started_at"] == begun["started_at"] == "2025-10-23T10:00:00.000Z"
    assert ended["extra_metadata"] == {"a": 1, "b": 2}


async def test_every_event_is_kept_as_it_was_sent(tracker: Tracker) -> None:
    event = tracker.build(status=" Building ", completed_at=None)
    record = await tracker.accepted(event | {"field_of_tomorrow": "ignored"})
    kept = await RowReader(tracker.served.core).one(
        TrackedEvent, TrackedEvent.subject_id == record["id"]
    )

    assert kept.payload == event | {"started_at": "2025-10-23T10:00:00.000Z"}
    assert (kept.kind, kept.status, kept.outcome) == ("build", "started", "opened")
    assert kept.environment is None


async def test_builds_of_two_invocations_do_not_meet(tracker: Tracker) -> None:
    event = tracker.build(status="started", completed_at=None)
    one = await tracker.accepted(event)
    other = await tracker.accepted(event | {"invoke_id": "457"})
    ended = await tracker.accepted(event | {"invoke_id": "457", "status": "failed"})

    assert one["id"] != other["id"]
    assert ended["id"] == other["id"]


async def test_a_late_start_does_not_reopen_what_has_ended(tracker: Tracker) -> None:
    event = tracker.build(started_at=None)
    ended = await tracker.accepted(event)
    late = await tracker.accepted(
        event | {"status": "started", "started_at": "2025-10-23T10:00:00Z"}
    )
    anew = await tracker.accepted(
        event | {"status": "started", "started_at": "2025-10-23T10:06:00Z"}
    )

    assert late["id"] == ended["id"]
    assert (late["status"], late["started_at"]) == ("completed", "2025-10-23T10:00:00.000Z")
    assert anew["id"] != ended["id"]
    assert anew["status"] == "started"
