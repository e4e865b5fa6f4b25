"""What recorded deliveries mean."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dirty_equals import IsStr

from deltaci.errors import InvalidRequestError
from deltaci.vcs.github.webhooks import GitHubWebhooks
from deltaci.vcs.port import Event, Ignored, PullRequest, Push, Remark

RECORDED = Path(__file__).resolve().parents[3] / "fixtures" / "webhooks" / "github"
MASTER = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
OTHER = "b" * 40

Recorded = Callable[[str], Any]
Parsed = Callable[[str, Any], Event]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("push.tag_deleted", "refs/tags/simple-tag was deleted"),
        ("pull_request.closed", "a pull request that was closed has no new head"),
        ("pull_request.labeled", "a pull request that was labeled has no new head"),
        ("pull_request.converted_to_draft", IsStr(regex=".*converted_to_draft has no new head")),
        ("issue_comment.created", "the comment is not on a pull request"),
        ("issue_comment.edited", "a comment that was edited is not new"),
        ("issue_comment.deleted", "a comment that was deleted is not new"),
        ("ping", "the event ping is none that we act on"),
        ("create", "the event create is none that we act on"),
        ("delete", "the event delete is none that we act on"),
        ("star", "the event star is none that we act on"),
        ("status", "the event status is none that we act on"),
        ("check_run", "the event check_run is none that we act on"),
        ("workflow_run", "the event workflow_run is none that we act on"),
    ],
)
def test_what_needs_no_run_is_ignored_with_a_reason(
    recorded: Recorded, parsed: Parsed, name: str, reason: str
) -> None:
    assert parsed(name.partition(".")[0], recorded(name)) == Ignored(reason)


def test_every_recorded_delivery_says_where_it_is_from() -> None:
    files = sorted(RECORDED.glob("*.json"))
    for file in files:
        headers = {"x-github-event": file.name.partition(".")[0], "x-github-delivery": "d-1"}
        delivery = GitHubWebhooks().read(headers, file.read_bytes())
        assert delivery.full_name in {"Codertocat/Hello-World", "Octocoders/Hello-World"}
        assert delivery.delivery_id == "d-1"
    assert len(files) >= 20


def test_a_push_to_a_branch(recorded: Recorded, parsed: Parsed) -> None:
    expected = Push("refs/heads/master", MASTER, None, "Codertocat")
    assert parsed("push", recorded("push.branch")) == expected


def test_a_push_names_where_the_branch_was(recorded: Recorded, parsed: Parsed) -> None:
    payload = recorded("push.branch") | {"before": OTHER}
    assert parsed("push", payload) == Push("refs/heads/master", MASTER, OTHER, "Codertocat")


def test_a_tag_is_its_commit_even_when_it_is_annotated(recorded: Recorded, parsed: Parsed) -> None:
    expected = Push("refs/tags/simple-tag", MASTER, None, "Codertocat")
    assert parsed("push", recorded("push.tag")) == expected
    assert parsed("push", recorded("push.tag") | {"after": OTHER}) == expected
    without = recorded("push.tag") | {"head_commit": None}
    assert parsed("push", without) == expected


def test_a_branch_is_where_it_was_pushed_to(recorded: Recorded, parsed: Parsed) -> None:
    event = parsed("push", recorded("push.branch") | {"after": OTHER})
    assert isinstance(event, Push)
    assert event.commit_sha == OTHER


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review"])
def test_a_pull_request_with_a_head_to_look_at(
    recorded: Recorded, parsed: Parsed, action: str
) -> None:
    assert parsed("pull_request", recorded(f"pull_request.{action}")) == PullRequest(
        number=2,
        action=action,
        ref="refs/pull/2/head",
        head_sha="ec26c3e57ca3a959ca5aad62de7213c562f8c821",
        head_ref="changes",
        head_repository="Codertocat/Hello-World",
        target_ref="refs/heads/master",
        target_sha="f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
        fork=False,
        draft=False,
        sender="Codertocat",
    )


@pytest.mark.parametrize(
    ("head", "fork"),
    [
        ({"full_name": "codertocat/hello-world"}, False),
        ({"full_name": "Mallory/Hello-World"}, True),
        ({"full_name": ""}, True),
        ({"full_name": None}, True),
        ({"full_name": "Codertocat/Hello-\N{KELVIN SIGN}orld"}, True),
        ({}, True),
        (None, True),
        ("Codertocat/Hello-World", True),
    ],
)
def test_whatever_is_not_the_base_repository_is_a_fork(
    recorded: Recorded, parsed: Parsed, head: Any, fork: bool
) -> None:
    payload = recorded("pull_request.opened")
    payload["pull_request"]["head"]["repo"] = head
    event = parsed("pull_request", payload)
    assert isinstance(event, PullRequest)
    assert event.fork is fork


def test_a_draft_is_one(recorded: Recorded, parsed: Parsed) -> None:
    payload = recorded("pull_request.opened")
    payload["pull_request"]["draft"] = True
    event = parsed("pull_request", payload)
    assert isinstance(event, PullRequest)
    assert event.draft


def _remark(recorded: Recorded) -> Any:
    payload = recorded("issue_comment.created")
    payload["issue"]["pull_request"] = {"url": "https://api.github.com/repos/o/r/pulls/1"}
    payload["comment"] |= {"id": 2**33, "body": "/ci rerun"}
    return payload


def test_a_comment_under_a_pull_request(recorded: Recorded, parsed: Parsed) -> None:
    expected = Remark(1, str(2**33), "Codertocat", "/ci rerun")
    assert parsed("issue_comment", _remark(recorded)) == expected


def test_bots_are_not_listened_to(recorded: Recorded, parsed: Parsed) -> None:
    for path in (("sender",), ("comment", "user")):
        payload = _remark(recorded)
        account = payload
        for key in path:
            account = account[key]
        account["type"] = "Bot"
        assert parsed("issue_comment", payload) == Ignored("the comment is a bot's")


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("push.branch", "repository"),
        ("push.branch", "ref"),
        ("push.branch", "after"),
        ("pull_request.opened", "repository"),
        ("pull_request.opened", "pull_request"),
        ("issue_comment.created", "comment"),
    ],
)
def test_what_an_event_must_have(
    recorded: Recorded, parsed: Parsed, name: str, missing: str
) -> None:
    payload = _remark(recorded) if name.startswith("issue") else recorded(name)
    del payload[missing]
    with pytest.raises(InvalidRequestError, match=missing):
        parsed(name.partition(".")[0], payload)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b'{"a":' * 100 + b"1" + b"}" * 100])
def test_a_body_that_is_no_shallow_object(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        GitHubWebhooks().read({"x-github-event": "push"}, body)


def test_the_event_must_be_named(recorded: Recorded) -> None:
    with pytest.raises(InvalidRequestError, match="X-GitHub-Event"):
        GitHubWebhooks().read({}, json.dumps(recorded("push.branch")).encode())
