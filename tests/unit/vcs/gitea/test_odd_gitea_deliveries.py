"""Deliveries of Gitea with parts missing or swapped for odd ones: nothing breaks."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deltaci.errors import InvalidRequestError
from deltaci.vcs.gitea.webhooks import GiteaWebhooks
from deltaci.vcs.port import Event, Ignored, PullRequest, Push, Remark

Mutate = Callable[[Any, frozenset[str], st.DataObject], None]
LOOKED_AT = frozenset(
    {
        *("action", "after", "base", "before", "body", "changes", "comment", "draft", "from"),
        *("full_name", "head", "head_commit", "id", "is_pull", "issue", "login", "number"),
        *("pull_request", "ref", "repo", "repository", "sender", "sha", "title", "user"),
    }
)


def _parse(event: str, payload: Any) -> Event | None:
    """What it means, or None for what is refused; every other error is the test's."""
    webhooks = GiteaWebhooks()
    try:
        delivery = webhooks.read({"x-gitea-event": event}, json.dumps(payload).encode())
        assert not webhooks.verify(delivery, ["secret"])
        return webhooks.parse(delivery)
    except InvalidRequestError:
        return None


@given(data=st.data())
def test_a_mutated_delivery_means_something_or_is_refused(
    deliveries: dict[str, str], mutate: Mutate, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(deliveries)))
    payload = json.loads(deliveries[name])
    mutate(payload, LOOKED_AT, data)

    meant = _parse(name.partition(".")[0], payload)

    assert meant is None or isinstance(meant, Ignored | Push | PullRequest | Remark)


@given(data=st.data())
def test_no_mutation_makes_a_fork_a_branch_of_ours(
    deliveries: dict[str, str], mutate: Mutate, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["opened_from_fork", "fork_deleted"]))
    payload = json.loads(deliveries[f"pull_request.{name}"])
    mutate(payload, LOOKED_AT, data)

    meant = _parse("pull_request", payload)

    assert not isinstance(meant, PullRequest) or meant.fork


@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=30), st.text(max_size=30)))
def test_any_bytes_are_read_or_refused(body: bytes, headers: dict[str, str]) -> None:
    try:
        GiteaWebhooks().read({"x-gitea-event": "push", **headers}, body)
    except InvalidRequestError:
        return
