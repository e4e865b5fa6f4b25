"""What GitLab's deliveries mean."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.errors import InvalidRequestError
from deltaci.vcs.gitlab.webhooks import GitLabWebhooks
from deltaci.vcs.port import Delivery, Event, Ignored, PullRequest, Push, Remark

DELIVERIES = Path(__file__).resolve().parents[3] / "fixtures" / "webhooks" / "gitlab"
EVENTS = {
    "push": "Push Hook",
    "tag_push": "Tag Push Hook",
    "merge_request": "Merge Request Hook",
    "note": "Note Hook",
    "pipeline": "Pipeline Hook",
}
PAYLOADS = [
    (EVENTS[file.name.partition(".")[0]], file.read_text())
    for file in sorted(DELIVERIES.glob("*.json"))
]
LOOKED_AT = frozenset(
    (
        *("action", "after", "before", "changes", "checkout_sha", "current", "draft", "id", "iid"),
        *("last_commit", "merge_request", "note", "noteable_type", "object_attributes", "oldrev"),
        *("path_with_namespace", "previous", "project", "ref", "source", "source_branch"),
        *("source_project_id", "state", "system", "target", "target_branch", "target_project_id"),
        *("user", "user_username", "username", "work_in_progress"),
    )
)


def _commit(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


OPENED = PullRequest(
    number=7,
    action="opened",
    ref="refs/merge-requests/7/head",
    head_sha=_commit("two"),
    head_ref="prices/round-up",
    head_repository="acme/shop/backend",
    target_ref="refs/heads/main",
    target_sha=None,
    fork=False,
    draft=False,
    sender="ann",
)
REMARK = Remark(7, "3123456789", "ann", "/ci rerun test")


def _read(event: str, payload: Any, **headers: str) -> Delivery:
    return GitLabWebhooks().read({"x-gitlab-event": event, **headers}, json.dumps(payload).encode())


def _told(name: str) -> Event:
    payload = json.loads((DELIVERIES / f"{name}.json").read_text())
    return GitLabWebhooks().parse(_read(EVENTS[name.partition(".")[0]], payload))


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("push.branch", Push("refs/heads/main", _commit("two"), _commit("one"), "ann")),
        ("push.new_branch", Push("refs/heads/prices/round-up", _commit("two"), None, "ann")),
        ("tag_push.annotated", Push("refs/tags/v1.2.0", _commit("two"), None, "ann")),
        ("merge_request.open", OPENED),
        ("merge_request.open_as_draft", replace(OPENED, draft=True)),
        (
            "merge_request.open_from_fork",
            replace(OPENED, head_repository="bob/backend", fork=True, sender="bob"),
        ),
        (
            "merge_request.reopen_fork_deleted",
            replace(OPENED, action="reopened", head_repository="", fork=True, sender="bob"),
        ),
        ("merge_request.reopen", replace(OPENED, action="reopened")),
        ("merge_request.update_new_commits", replace(OPENED, action="synchronize")),
        ("merge_request.update_ready", replace(OPENED, action="ready_for_review")),
        ("merge_request.update_ready_before_13", replace(OPENED, action="ready_for_review")),
        ("note.on_merge_request", REMARK),
        ("note.on_merge_request_before_16", REMARK),
        ("push.deleted", Ignored("refs/heads/prices/round-up was deleted")),
        ("tag_push.deleted", Ignored("refs/tags/v1.2.0 was deleted")),
        ("merge_request.update_labels", Ignored("a merge request's update brings no new head")),
        ("merge_request.update_to_draft", Ignored("a merge request's update brings no new head")),
        ("merge_request.update_while_closed", Ignored("the merge request is closed")),
        ("merge_request.merge", Ignored("a merge request's merge brings no new head")),
        ("merge_request.close", Ignored("a merge request's close brings no new head")),
        ("merge_request.approved", Ignored("a merge request's approved brings no new head")),
        (
            "merge_request.without_action",
            Ignored("a merge request's unnamed action brings no new head"),
        ),
        ("note.edited", Ignored("the note is not new")),
        ("note.of_the_system", Ignored("the note is GitLab's own")),
        ("note.on_commit", Ignored("the note is not on a merge request")),
        ("note.on_issue", Ignored("the note is not on a merge request")),
        ("pipeline.finished", Ignored("the event Pipeline Hook is none that we act on")),
    ],
)
def test_what_a_delivery_means(name: str, meaning: Event) -> None:
    assert _told(name) == meaning


def test_every_delivery_says_where_it_is_from() -> None:
    for event, text in PAYLOADS:
        assert _read(event, json.loads(text)).full_name == "acme/shop/backend"


@pytest.mark.parametrize(
    ("headers", "delivery_id"),
    [
        ({"idempotency-key": "k", "x-gitlab-event-uuid": "e"}, "k"),
        ({"x-gitlab-event-uuid": "e", "x-gitlab-webhook-uuid": "w"}, "e"),
        ({"x-gitlab-webhook-uuid": "the same for every delivery"}, ""),
    ],
)
def test_which_header_names_the_delivery(headers: dict[str, str], delivery_id: str) -> None:
    assert _read("Push Hook", {}, **headers).delivery_id == delivery_id


def test_without_the_event_header_nothing_is_read() -> None:
    with pytest.raises(InvalidRequestError, match="X-Gitlab-Event"):
        GitLabWebhooks().read({}, b"{}")


@pytest.mark.parametrize(
    ("token", "secrets", "known"),
    [
        ("new", ["old", "new"], True),
        ("old", ["old", "new"], True),
        ("other", ["old", "new"], False),
        ("", ["old"], False),
        ("", [""], False),
        ("ol\u00e9", ["old"], False),
        ("old", [], False),
    ],
)
def test_only_a_holder_of_a_secret_is_believed(token: str, secrets: list[str], known: bool) -> None:
    delivery = _read("Push Hook", {}, **{"x-gitlab-token": token})
    assert GitLabWebhooks().verify(delivery, secrets) is known


def test_without_the_token_nobody_is_believed() -> None:
    assert not GitLabWebhooks().verify(_read("Push Hook", {}), ["secret"])


def test_a_source_is_compared_with_the_project_that_the_delivery_is_about() -> None:
    payload = json.loads((DELIVERIES / "merge_request.open.json").read_text())
    payload["project"]["path_with_namespace"] = "acme/other"

    opened = GitLabWebhooks().parse(_read("Merge Request Hook", payload))

    assert isinstance(opened, PullRequest)
    assert opened.fork


@pytest.mark.parametrize("side", ["source_project_id", "source"])
def test_either_number_or_name_alone_makes_a_fork(side: str) -> None:
    payload = json.loads((DELIVERIES / "merge_request.open.json").read_text())
    other = {"source_project_id": 9, "source": {"path_with_namespace": "bob/backend"}}
    payload["object_attributes"][side] = other[side]

    opened = GitLabWebhooks().parse(_read("Merge Request Hook", payload))

    assert isinstance(opened, PullRequest)
    assert opened.fork


@given(st.sampled_from(PAYLOADS), st.data())
def test_a_mutated_delivery_means_something_or_is_refused(
    mutate: Any, delivery: tuple[str, str], data: st.DataObject
) -> None:
    event, text = delivery
    payload = json.loads(text)
    mutate(payload, LOOKED_AT, data)
    try:
        meaning = GitLabWebhooks().parse(_read(event, payload))
    except InvalidRequestError:
        return
    assert isinstance(meaning, Ignored | Push | PullRequest | Remark)
    assert "\0" not in repr(meaning)


@given(st.data())
def test_no_mutation_makes_a_fork_a_branch_of_ours(mutate: Any, data: st.DataObject) -> None:
    payload = json.loads((DELIVERIES / "merge_request.open_from_fork.json").read_text())
    mutate(payload, LOOKED_AT, data)
    try:
        meaning = GitLabWebhooks().parse(_read("Merge Request Hook", payload))
    except InvalidRequestError:
        return
    assert not isinstance(meaning, PullRequest) or meaning.fork
