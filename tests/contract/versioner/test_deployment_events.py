"""Seed «Versioner API Contract»: `POST /deployment-events/`, sentence by sentence."""

from typing import Any
from unittest.mock import ANY

import pytest

from deltaci.store.tables import Announcement, Deployment, Environment, TrackedEvent, Transition
from deltaci.testing.row_reader import RowReader
from deltaci.testing.tracker import SHA, Tracker


async def test_the_seeds_example_is_answered_as_the_seed_says(tracker: Tracker) -> None:
    event = tracker.deployment()
    answer = await tracker.report(event)
    record = answer.json()
    ids = ("id", "product_id", "version_id", "environment_id")

    assert answer.status_code == 200
    assert all(isinstance(record[name], str) for name in ids)
    assert record["status"] == "completed"
    assert record["deployed_at"] == "2025-10-23T10:10:00.000Z"
    for name in event.keys() - {"status", "completed_at"}:
        assert record[name] == event[name]
    assert record["completed_at"] == record["deployed_at"]
    assert record["origin"] == "reported"


async def test_three_fields_and_a_status_are_enough(tracker: Tracker) -> None:
    record = await tracker.accepted(
        {
            "product_name": tracker.product(),
            "version": "2025-10-23",
            "environment_name": "eu-live",
            "status": "deployed",
        }
    )

    assert record["deployed_at"] == record["created_at"]
    assert record["environment_type"] == "production"
    assert record["extra_metadata"] == {}


async def test_environments_are_made_on_first_sight(tracker: Tracker) -> None:
    name = f"qa-{tracker.product()}"
    first = await tracker.accepted(tracker.deployment(environment_name=name))
    second = await tracker.accepted(tracker.deployment(environment_name=name))
    row = await RowReader(tracker.served.core).one(Environment, Environment.id == name)

    assert first["environment_id"] == second["environment_id"] == row.uid
    assert row.type == "test"


async def test_deployments_of_one_version_to_one_environment_are_tracked_separately(
    tracker: Tracker,
) -> None:
    event = tracker.deployment()
    first, second = await tracker.accepted(event), await tracker.accepted(event)

    assert first["id"] != second["id"]
    assert first["environment_id"] == second["environment_id"]
    assert [first["change"], second["change"]] == ["first", "redeploy"]


async def test_a_deployment_is_one_record_from_its_start_to_its_end(tracker: Tracker) -> None:
    event = tracker.deployment(completed_at=None)
    ids = {
        status: (await tracker.accepted(event | {"status": status}))["id"]
        for status in ("queued", "pending", "deploying", "in_progress", "success")
    }
    rows = RowReader(tracker.served.core)
    (deployment_id,) = set(ids.values())
    events = await rows.all(TrackedEvent, TrackedEvent.subject_id == deployment_id)
    moves = await rows.all(Transition, Transition.subject_id == deployment_id)
    told = await rows.all(Announcement, Announcement.subject_id == deployment_id)

    assert [each.outcome for each in events] == [
        *("opened", "repeated", "advanced", "repeated", "advanced")
    ]
    assert [move.to_state for move in moves] == ["IN_PROGRESS", "SUCCEEDED"]
    assert [each.event_type for each in told] == [
        *("deployment.pending", "deployment.started", "deployment.completed")
    ]
    assert all(move.actor.startswith("api-key|") for move in moves)


async def test_news_say_what_receivers_need(tracker: Tracker) -> None:
    event = tracker.deployment(status="failed", extra_metadata={"error": "disk full"})
    record = await tracker.accepted(event)
    news = await RowReader(tracker.served.core).one(
        Announcement, Announcement.subject_id == record["id"]
    )

    assert (news.product, news.version, news.environment, news.status) == (
        *(event["product_name"], "1.2.3", "production", "failed"),
    )
    assert news.payload == {
        "deployer": "GitHub Actions",
        "deployed_at": "2025-10-23T10:10:00.000Z",
        "repo_name": "myorg/api-service",
        "commit_sha": SHA,
        "branch": None,
        "build_number": "456",
        "preflight_status": ANY,  # whether any rule exists is up to other tests
        "source_url": event["build_url"],
        "source_system": "github",
        "change": None,
        "error": "disk full",
    }


async def test_a_pending_event_after_the_start_changes_nothing(tracker: Tracker) -> None:
    event = tracker.deployment(completed_at=None, status="started")
    started = await tracker.accepted(event)
    late = await tracker.accepted(event | {"status": "pending"})

    assert (late["id"], late["status"]) == (started["id"], "started")


async def test_a_time_of_completion_counts_only_of_what_has_completed(tracker: Tracker) -> None:
    """One client stamps it on every event."""
    started = await tracker.accepted(tracker.deployment(status="in_progress"))

    assert (started["deployed_at"], started["completed_at"]) == (None, None)
    assert started["started_at"] == started["created_at"]


async def test_what_has_ended_never_runs_again(tracker: Tracker) -> None:
    event = tracker.deployment()
    ended = await tracker.accepted(event)
    again = await tracker.accepted(event | {"status": "started"})
    rows = RowReader(tracker.served.core)

    assert again["id"] != ended["id"]
    assert (await rows.one(Deployment, Deployment.id == ended["id"])).state == "SUCCEEDED"


async def test_a_start_that_was_told_before_the_end_comes_late(tracker: Tracker) -> None:
    event = tracker.deployment()
    ended = await tracker.accepted(event)
    late = await tracker.accepted(
        event | {"status": "started", "completed_at": "2025-10-23T10:09:00Z"}
    )

    assert (late["id"], late["status"]) == (ended["id"], "completed")


async def test_an_end_without_an_invocation_closes_what_is_open(tracker: Tracker) -> None:
    event = tracker.deployment(status="started")
    started = await tracker.accepted(event)
    ended = await tracker.accepted(
        {name: value for name, value in event.items() if name != "invoke_id"} | {"status": "abort"}
    )

    assert (ended["id"], ended["status"]) == (started["id"], "aborted")
    assert ended["invoke_id"] == "456"


async def test_another_commit_is_flagged_and_not_refused(tracker: Tracker) -> None:
    product = tracker.product()
    await tracker.accepted(tracker.build(product_name=product))
    same = await tracker.accepted(tracker.deployment(product_name=product))
    other = await tracker.accepted(tracker.deployment(product_name=product, scm_sha="0" * 40))

    assert [same["scm_sha_differs"], other["scm_sha_differs"]] == [False, True]
    assert other["scm_sha"] == "0" * 40


@pytest.mark.parametrize(
    ("versions", "changes"),
    [
        (["1.9.0", "1.10.0", "1.9.0"], ["first", "roll_forward", "rollback"]),
        (["v1.2.0", "1.3.0-rc.1", "1.3.0"], ["first", "roll_forward", "roll_forward"]),
        (["main-1", "main-2", "main-1"], ["first", "roll_forward", "rollback"]),
        (["2.0.0", "abc123", "2.0.0"], ["first", "roll_forward", "rollback"]),
    ],
)
async def test_a_change_is_recognized_from_events_alone(
    tracker: Tracker, versions: list[str], changes: list[str]
) -> None:
    event = tracker.deployment(completed_at=None)
    told = [(await tracker.accepted(event | {"version": each}))["change"] for each in versions]

    assert told == changes


async def test_what_completed_before_the_current_one_changes_nothing_today(
    tracker: Tracker,
) -> None:
    event = tracker.deployment()
    await tracker.accepted(event)
    older = await tracker.accepted(
        event | {"version": "1.2.4", "completed_at": "2025-10-23T10:09:59Z"}
    )
    newer = await tracker.accepted(
        event | {"version": "1.2.4", "completed_at": "2025-10-23T10:11:00Z"}
    )

    assert [older["change"], newer["change"]] == ["out_of_order", "roll_forward"]


async def test_failures_change_nothing(tracker: Tracker) -> None:
    event = tracker.deployment()
    failed = await tracker.accepted(event | {"status": "error"})
    completed = await tracker.accepted(event)

    assert [failed["change"], completed["change"]] == [None, "first"]


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("scm_repository", "user/token@git.example.com/a/b", "git.example.com/a/b"),
        ("scm_repository", "https://u:p@git.example.com/a.git", "https://git.example.com/a.git"),
        ("scm_repository", "git@github.com:acme/shop.git", "git@github.com:acme/shop.git"),
        ("scm_repository", "acme/shop@v2", "acme/shop@v2"),
        ("build_url", "https://u:p@ci.example.com/1?a=b@c", "https://ci.example.com/1?a=b@c"),
        ("deploy_url", "ssh://key@host/x", "ssh://host/x"),
        ("build_url", "https://ci.example.com/@me", "https://ci.example.com/@me"),
    ],
)
async def test_no_credential_in_an_address_is_kept(
    tracker: Tracker, field: str, sent: str, kept: str
) -> None:
    record = await tracker.accepted(tracker.deployment(**{field: sent}))
    event = await RowReader(tracker.served.core).one(
        TrackedEvent, TrackedEvent.subject_id == record["id"]
    )

    assert record[field] == event.payload[field] == kept


METADATA: dict[str, Any] = {
    "größe": "ñ 漢字 🚀",
    "vi_ci_system": "mine",
    "nested": {"list": [1, 2.5, None, True, {"deep": []}], "": ""},
    "exact": 12345678901234567890123,
    "small": 1e-7,
}


async def test_metadata_comes_back_exactly(tracker_on_each_database: Tracker) -> None:
    tracker = tracker_on_each_database
    event = tracker.deployment(extra_metadata=METADATA, version="5")
    record = await tracker.accepted(event)
    row = await RowReader(tracker.served.core).one(Deployment, Deployment.id == record["id"])

    assert record["extra_metadata"] == row.extra_metadata == METADATA
