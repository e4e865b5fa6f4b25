"""What deliveries of Gitea and Forgejo mean."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deltaci.errors import InvalidRequestError
from deltaci.vcs.gitea.webhooks import GiteaWebhooks
from deltaci.vcs.port import Event, Ignored, PullRequest, Push, Remark

Written = Callable[[str], Any]
Parsed = Callable[[str, Any], Event]

PULL_REQUEST = PullRequest(
    number=7,
    action="opened",
    ref="refs/pull/7/head",
    head_sha="",
    head_ref="round-totals",
    head_repository="acme/shop",
    target_ref="refs/heads/main",
    target_sha="",
    fork=False,
    draft=False,
    sender="ann",
)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("push.deleted", "refs/heads/round-totals was deleted"),
        ("create.tag", "what was created is told by a push, too"),
        ("delete.branch", "what was deleted has nothing to run"),
        ("pull_request.closed", "a pull request that was closed has no new head"),
        ("pull_request.label_updated", "a pull request that was label_updated has no new head"),
        ("pull_request.title_edited", "a pull request that was edited has no new head"),
        ("pull_request.body_edited", "a pull request that was edited has no new head"),
        ("issue_comment.edited_on_pull", "a comment that was edited is not new"),
        ("issue_comment.created_on_issue", "the comment is not on a pull request"),
        ("release.published", "the event release is none that we act on"),
    ],
)
def test_what_needs_no_run_is_ignored_with_a_reason(
    written: Written, parsed: Parsed, name: str, reason: str
) -> None:
    assert parsed(name, written(name)) == Ignored(reason)


def test_a_push_to_a_branch(written: Written, parsed: Parsed) -> None:
    payload = written("push.branch")

    assert parsed("push", payload) == Push(
        "refs/heads/main", payload["after"], payload["before"], "ann"
    )


def test_a_new_branch_has_nothing_before(written: Written, parsed: Parsed) -> None:
    payload = written("push.new_branch")

    assert parsed("push", payload) == Push("refs/heads/round-totals", payload["after"], None, "ann")


def test_an_annotated_tag_is_its_commit(written: Written, parsed: Parsed) -> None:
    payload = written("push.annotated_tag")

    assert payload["after"] != payload["head_commit"]["id"]
    assert parsed("push", payload) == Push(
        "refs/tags/v1.4.0", payload["head_commit"]["id"], None, "ann"
    )


@pytest.mark.parametrize(
    ("name", "differences"),
    [
        ("opened", {}),
        ("opened_as_draft", {"draft": True}),
        (
            "opened_from_fork",
            {"fork": True, "head_repository": "bob/shop", "sender": "bob"},
        ),
        (
            "fork_deleted",
            {"action": "reopened", "fork": True, "head_repository": "", "sender": "bob"},
        ),
        ("synchronized", {"action": "synchronize"}),
        ("reopened", {"action": "reopened"}),
        ("draft_mark_removed", {"action": "ready_for_review"}),
    ],
)
def test_a_pull_request_with_a_head_to_look_at(
    written: Written, parsed: Parsed, name: str, differences: dict[str, Any]
) -> None:
    payload = written(f"pull_request.{name}")
    commits = {
        "head_sha": payload["pull_request"]["head"]["sha"],
        "target_sha": payload["pull_request"]["base"]["sha"],
    }

    expected = replace(PULL_REQUEST, **(commits | differences))
    assert parsed("pull_request", payload) == expected


@pytest.mark.parametrize("repo", [None, {}, {"full_name": None}, {"full_name": ""}, "acme/shop"])
def test_two_repositories_that_nobody_names_are_not_one(
    written: Written, parsed: Parsed, repo: Any
) -> None:
    payload = written("pull_request.opened")
    for side in ("head", "base"):
        payload["pull_request"][side]["repo"] = repo

    heard = parsed("pull_request", payload)

    assert isinstance(heard, PullRequest)
    assert heard.fork


def test_a_head_that_is_no_branch_counts_as_a_forks(written: Written, parsed: Parsed) -> None:
    """Readers may push to `refs/for/main`: Gitea then names the base as the head repository."""
    payload = written("pull_request.opened")
    payload["pull_request"]["head"] |= {"label": "", "ref": "refs/pull/7/head"}

    heard = parsed("pull_request", payload)

    assert isinstance(heard, PullRequest)
    assert heard.fork


def test_a_head_is_compared_with_the_repository_that_the_delivery_is_about(
    written: Written, parsed: Parsed
) -> None:
    payload = written("pull_request.opened")
    payload["repository"]["full_name"] = "acme/other"

    heard = parsed("pull_request", payload)

    assert isinstance(heard, PullRequest)
    assert heard.fork


@pytest.mark.parametrize(
    ("title", "said", "draft"),
    [
        ("WIP: change", None, True),
        ("wip: change", None, True),
        ("[WIP] change", None, True),
        ("WIPe the cart", None, False),
        ("change WIP:", None, False),
        ("WIP: change", False, False),
        ("Entwurf: change", True, True),
        ("change", "yes", False),
    ],
)
def test_the_forges_word_on_drafts_counts_before_the_title(
    written: Written, parsed: Parsed, title: str, said: Any, draft: bool
) -> None:
    payload = written("pull_request.opened")
    payload["pull_request"] |= {"title": title} | ({} if said is None else {"draft": said})

    heard = parsed("pull_request", payload)

    assert isinstance(heard, PullRequest)
    assert heard.draft is draft


@pytest.mark.parametrize(
    ("before", "after"),
    [("WIP: change", "[WIP] change"), ("change", "other change"), ("change", "WIP: change")],
)
def test_only_a_mark_that_went_makes_a_draft_ready(
    written: Written, parsed: Parsed, before: str, after: str
) -> None:
    payload = written("pull_request.draft_mark_removed")
    del payload["pull_request"]["draft"]
    payload["pull_request"]["title"] = after
    payload["changes"]["title"]["from"] = before

    assert isinstance(parsed("pull_request", payload), Ignored)


def test_a_comment_under_a_pull_request(written: Written, parsed: Parsed) -> None:
    heard = parsed("issue_comment", written("issue_comment.created_on_pull"))

    assert heard == Remark(7, "501", "bob", "/ci rerun test")


def test_every_delivery_says_where_it_is_from(deliveries: dict[str, str]) -> None:
    for name, text in deliveries.items():
        headers = {"x-gitea-event": name.partition(".")[0]}
        assert GiteaWebhooks().read(headers, text.encode()).full_name == "acme/shop"
    assert len(deliveries) >= 20


def test_what_acts_must_name_its_repository(written: Written, parsed: Parsed) -> None:
    for name in ("push.branch", "pull_request.opened", "issue_comment.created_on_pull"):
        with pytest.raises(InvalidRequestError, match="full_name"):
            parsed(name, written(name) | {"repository": None})


@pytest.mark.parametrize("prefix", ["x-gitea-", "x-forgejo-"])
def test_both_forges_headers_are_read(prefix: str) -> None:
    headers = {f"{prefix}event": "push", f"{prefix}delivery": "d-1", "x-github-event": "other"}

    delivery = GiteaWebhooks().read(headers, b"{}")

    assert (delivery.event, delivery.delivery_id) == ("push", "d-1")


def test_githubs_header_alone_is_not_enough() -> None:
    with pytest.raises(InvalidRequestError, match="X-Gitea-Event or X-Forgejo-Event"):
        GiteaWebhooks().read({"x-github-event": "push"}, b"{}")
