"""What Bitbucket Cloud's deliveries mean."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.errors import InvalidRequestError
from deltaci.vcs.bitbucket.webhooks import BitbucketWebhooks
from deltaci.vcs.port import Delivery, Event, Ignored, PullRequest, Push, Remark

DELIVERIES = Path(__file__).resolve().parents[3] / "fixtures" / "webhooks" / "bitbucket"


def _event(name: str) -> str:
    return name.partition(".")[0].replace("_", ":", 1)


PAYLOADS = [(_event(file.name), file.read_text()) for file in sorted(DELIVERIES.glob("*.json"))]
LOOKED_AT = frozenset(
    (
        *(
            "account_id",
            "actor",
            "branch",
            "changes",
            "comment",
            "commit",
            "content",
            "destination",
        ),
        *("display_name", "draft", "full_name", "hash", "id", "name", "new", "nickname", "old"),
        *("pullrequest", "push", "raw", "repository", "source", "state", "target", "type", "user"),
    )
)
NO_REF = Ignored("Bitbucket lets nobody fetch the head of a fork's pull request by a ref")


def _commit(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


OPENED = PullRequest(
    number=7,
    action="opened",
    ref="refs/heads/prices/round-up",
    head_sha=_commit("two")[:12],
    head_ref="prices/round-up",
    head_repository="acme/shop",
    target_ref="refs/heads/main",
    target_sha=None,
    fork=False,
    draft=False,
    sender="ann",
)


def _read(event: str, payload: Any, **headers: str) -> Delivery:
    return BitbucketWebhooks().read({"x-event-key": event, **headers}, json.dumps(payload).encode())


def _told(name: str) -> Event:
    payload = json.loads((DELIVERIES / f"{name}.json").read_text())
    return BitbucketWebhooks().parse(_read(_event(name), payload))


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("repo_push.branch", Push("refs/heads/main", _commit("two"), _commit("one"), "ann")),
        ("repo_push.new_branch", Push("refs/heads/prices/round-up", _commit("two"), None, "ann")),
        ("repo_push.tag", Push("refs/tags/v1.2.0", _commit("two"), None, "ann")),
        (
            "repo_push.branch_tag_and_deletion",
            Push("refs/heads/main", _commit("two"), _commit("one"), "ann", others=1),
        ),
        ("repo_push.two_branches", Push("refs/heads/newer", _commit("two"), None, "ann", others=1)),
        ("repo_push.deleted", Ignored("no branch or tag was left by the push")),
        ("pullrequest_created.branch", OPENED),
        ("pullrequest_created.draft", replace(OPENED, draft=True)),
        ("pullrequest_updated.new_commits", replace(OPENED, action="synchronize")),
        ("pullrequest_created.fork", NO_REF),
        ("pullrequest_updated.fork_deleted", NO_REF),
        ("pullrequest_updated.declined", Ignored("the pull request is not open")),
        (
            "pullrequest_fulfilled.merged",
            Ignored("the event pullrequest:fulfilled is none that we act on"),
        ),
        (
            "pullrequest_comment_created.command",
            Remark(7, "669392967", "712020:00000001-0000-4000-8000-00000000000a", "/ci rerun test"),
        ),
        (
            "pullrequest_comment_updated.command",
            Ignored("the event pullrequest:comment_updated is none that we act on"),
        ),
        ("repo_fork.forked", Ignored("the event repo:fork is none that we act on")),
    ],
)
def test_what_a_delivery_means(name: str, meaning: Event) -> None:
    assert _told(name) == meaning


def test_every_delivery_says_where_it_is_from() -> None:
    for event, text in PAYLOADS:
        delivery = _read(event, json.loads(text), **{"x-request-uuid": "r"})
        assert (delivery.full_name, delivery.delivery_id) == ("acme/shop", "r")


def test_without_the_event_header_nothing_is_read() -> None:
    with pytest.raises(InvalidRequestError, match="X-Event-Key"):
        BitbucketWebhooks().read({}, b"{}")


@pytest.mark.parametrize("head", [_commit("two"), _commit("two")[:12], _commit("two")[:20]])
def test_a_head_is_taken_as_whole_as_it_is_told(head: str) -> None:
    payload = json.loads((DELIVERIES / "pullrequest_created.branch.json").read_text())
    payload["pullrequest"]["source"]["commit"]["hash"] = head

    opened = BitbucketWebhooks().parse(_read("pullrequest:created", payload))

    assert opened == replace(OPENED, head_sha=head)


@pytest.mark.parametrize("head", ["", "abc", "main", "HEAD~1", "A" * 12, "a" * 41])
def test_what_is_no_commit_is_refused(head: str) -> None:
    payload = json.loads((DELIVERIES / "pullrequest_created.branch.json").read_text())
    payload["pullrequest"]["source"]["commit"]["hash"] = head

    with pytest.raises(InvalidRequestError, match="hash"):
        BitbucketWebhooks().parse(_read("pullrequest:created", payload))


@pytest.mark.parametrize(
    ("prefix", "secret", "known"),
    [
        ("sha256=", "new", True),
        ("sha256=", "old", True),
        ("sha256=", "other", False),
        ("sha1=", "new", False),
        ("", "new", False),
    ],
)
def test_only_a_holder_of_a_secret_is_believed(prefix: str, secret: str, known: bool) -> None:
    signature = prefix + hmac.new(secret.encode(), b"{}", hashlib.sha256).hexdigest()
    delivery = _read("repo:push", {}, **{"x-hub-signature": signature})
    assert BitbucketWebhooks().verify(delivery, ["old", "new"]) is known


def test_without_a_signature_nobody_is_believed() -> None:
    assert not BitbucketWebhooks().verify(_read("repo:push", {}), ["secret"])


@given(st.sampled_from(PAYLOADS), st.data())
def test_a_mutated_delivery_means_something_or_is_refused(
    mutate: Any, delivery: tuple[str, str], data: st.DataObject
) -> None:
    event, text = delivery
    payload = json.loads(text)
    mutate(payload, LOOKED_AT, data)
    try:
        meaning = BitbucketWebhooks().parse(_read(event, payload))
    except InvalidRequestError:
        return
    assert isinstance(meaning, Ignored | Push | PullRequest | Remark)
    assert "\0" not in repr(meaning)


@given(st.data())
def test_no_mutation_makes_a_fork_a_branch_of_ours(mutate: Any, data: st.DataObject) -> None:
    payload = json.loads((DELIVERIES / "pullrequest_created.fork.json").read_text())
    mutate(payload, LOOKED_AT, data)
    try:
        meaning = BitbucketWebhooks().parse(_read("pullrequest:created", payload))
    except InvalidRequestError:
        return
    assert isinstance(meaning, Ignored)
