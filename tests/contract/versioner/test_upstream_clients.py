"""Exactly what the upstream command line and GitHub Action send (spec §2, §5), and need back."""

from datetime import datetime
from typing import Any

import pytest

from deltaci.testing.tracker import SHA, Tracker

CLI = {"User-Agent": "versioner-cli/dev", "Content-Type": "application/json"}
ACTION = {"User-Agent": "axios/1.12.2", "Content-Type": "application/json"}
NOW = "2026-05-01T10:00:00.000Z"
DETECTED = {"vi_gh_workflow": "ci", "vi_gh_run_attempt": "1"}
FROM_CI = {
    "source_system": "github",
    "build_number": "7",
    "scm_sha": SHA,
    "scm_repository": "myorg/api",
    "invoke_id": "456",
}
LINK = "https://github.com/myorg/api/actions/runs/456"
CLI_BUILD = {
    **FROM_CI,
    "version": SHA[:8],
    "status": " SUCCESS ",
    "scm_branch": "main",
    "build_url": LINK,
    "built_by": "octo",
    "extra_metadata": DETECTED,
}
CLI_DEPLOYMENT = {
    **FROM_CI,
    "version": SHA[:8],
    "environment_name": "production",
    "status": "in_progress",
    "deploy_url": LINK,
    "deployed_by": "octo",
    "skip_preflight_checks": True,
    "extra_metadata": DETECTED,
}
ACTION_BUILD = CLI_BUILD | {"status": "success", "started_at": NOW, "built_by_name": "octo"}
ACTION_DEPLOYMENT = {
    **FROM_CI,
    "version": "1.2.3",
    "environment_name": "production",
    "status": "in_progress",
    "scm_branch": "main",
    "deploy_url": LINK,
    "deployed_by": "octo",
    "deployed_by_name": "octo",
    "completed_at": NOW,
    "extra_metadata": {},
}
SENT = [
    pytest.param("//build-events/", CLI, CLI_BUILD, id="cli build"),
    pytest.param("//deployment-events/", CLI, CLI_DEPLOYMENT, id="cli deployment"),
    pytest.param("/build-events/", ACTION, ACTION_BUILD, id="action build"),
    pytest.param("/deployment-events/", ACTION, ACTION_DEPLOYMENT, id="action deployment"),
]
MOMENTS = ("started_at", "completed_at", "deployed_at", "created_at", "updated_at")


async def post(
    tracker: Tracker, path: str, headers: dict[str, str], event: dict[str, Any]
) -> dict[str, Any]:
    """Send it as it is: the base address of the command line may end in a slash."""
    url = f"http://delta-ci.test{path}"
    answer = await tracker.tool.post(url, json=event, headers=headers, follow_redirects=False)
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


@pytest.mark.parametrize(("path", "headers", "event"), SENT)
async def test_it_is_accepted_and_everything_comes_back(
    tracker: Tracker, path: str, headers: dict[str, str], event: dict[str, Any]
) -> None:
    record = await post(tracker, path, headers, {"product_name": tracker.product(), **event})
    changed = {"status", "skip_preflight_checks", "started_at", "completed_at"}

    assert {name: record[name] for name in event.keys() - changed} == {
        name: value for name, value in event.items() if name not in changed
    }


@pytest.mark.parametrize(("path", "headers", "event"), SENT)
async def test_ids_are_text_and_moments_have_an_offset(
    tracker: Tracker, path: str, headers: dict[str, str], event: dict[str, Any]
) -> None:
    record = await post(tracker, path, headers, {"product_name": tracker.product(), **event})
    ids = {name: value for name, value in record.items() if name == "id" or name.endswith("_id")}
    told = [record[name] for name in MOMENTS if record.get(name) is not None]

    assert len(ids) >= 3
    assert all(isinstance(value, str) and value for value in ids.values())
    assert len(told) >= 3
    assert all(datetime.fromisoformat(moment).utcoffset() is not None for moment in told)


async def test_the_actions_completion_of_what_goes_on_completes_nothing(tracker: Tracker) -> None:
    event = {"product_name": tracker.product(), **ACTION_DEPLOYMENT}
    begun = await post(tracker, "/deployment-events/", ACTION, event)
    ended = await post(tracker, "/deployment-events/", ACTION, event | {"status": "success"})

    assert (begun["status"], begun["deployed_at"], begun["completed_at"]) == ("started", None, None)
    assert (ended["id"], ended["status"], ended["deployed_at"]) == (begun["id"], "completed", NOW)


async def test_the_earliest_beginning_of_a_build_counts(tracker: Tracker) -> None:
    event = {"product_name": tracker.product(), **ACTION_BUILD}
    begun = await post(tracker, "/build-events/", ACTION, event | {"status": "in_progress"})
    later = {"status": "success", "started_at": "2026-05-01T10:30:00.000Z"}
    ended = await post(tracker, "/build-events/", ACTION, event | later)

    assert (ended["id"], ended["started_at"]) == (begun["id"], NOW)


async def test_a_retry_of_the_command_line_without_any_key_is_the_same_deployment(
    tracker: Tracker,
) -> None:
    event = {"product_name": tracker.product(), **CLI_DEPLOYMENT}
    first, second = [await post(tracker, "/deployment-events/", CLI, event) for _ in range(2)]

    assert first["id"] == second["id"]
