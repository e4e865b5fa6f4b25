"""Recorded deliveries with parts missing, swapped for others and made huge: nothing breaks."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from deltaci.errors import InvalidRequestError
from deltaci.vcs.github.webhooks import GitHubWebhooks
from deltaci.vcs.port import Ignored, PullRequest, Push, Remark

RECORDED = Path(__file__).resolve().parents[3] / "fixtures" / "webhooks" / "github"
ACTED_ON = [
    (file.name.partition(".")[0], file.read_text())
    for file in sorted(RECORDED.glob("*.json"))
    if file.name.startswith(("push", "pull_request", "issue_comment"))
]
FORKS = [text for event, text in ACTED_ON if event == "pull_request"]
ODD_TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["\0", "x" * 100_000, "../..", "refs/heads/..", "0" * 40, "\ud800", "\u202e"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3),
    max_leaves=5,
)
LOOKED_AT = (
    *("action", "after", "base", "before", "body", "comment", "deleted", "draft", "full_name"),
    *("head", "head_commit", "id", "issue", "login", "number", "pull_request", "ref", "repo"),
    *("repository", "sender", "sha", "type", "user"),
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container with a key that the adapter looks at."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in LOOKED_AT:
                yield value, key
            yield from _places(inner)


def _mutate(payload: Any, data: st.DataObject) -> None:
    for _time in range(data.draw(st.integers(1, 4))):
        places = list(_places(payload))
        if not places:
            return
        container, key = data.draw(st.sampled_from(places))
        if data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = data.draw(VALUES)


@settings(deadline=None)
@given(st.sampled_from(ACTED_ON), st.booleans(), st.data())
def test_a_mutated_delivery_means_something_or_is_refused(
    recorded: tuple[str, str], on_a_pull_request: bool, data: st.DataObject
) -> None:
    event, text = recorded
    payload = json.loads(text)
    if on_a_pull_request and event == "issue_comment":
        payload["issue"]["pull_request"] = {}
    _mutate(payload, data)
    webhooks = GitHubWebhooks(allow_sha1=data.draw(st.booleans()))
    signature = {"x-hub-signature-256": data.draw(ODD_TEXTS)}
    try:
        delivery = webhooks.read(
            {"x-github-event": event, **signature}, json.dumps(payload).encode()
        )
        assert not webhooks.verify(delivery, ["secret"])
        parsed = webhooks.parse(delivery)
    except InvalidRequestError:
        return
    assert isinstance(parsed, Ignored | Push | PullRequest | Remark)
    texts = [value for value in asdict(parsed).values() if isinstance(value, str)]
    assert b"\0" not in "".join(texts).encode()


@settings(deadline=None)
@given(st.sampled_from(FORKS), st.data())
def test_no_mutation_makes_a_fork_a_branch_of_ours(text: str, data: st.DataObject) -> None:
    payload = json.loads(text)
    payload["pull_request"]["head"]["repo"]["full_name"] = "mallory/hello-world"
    _mutate(payload, data)
    webhooks = GitHubWebhooks()
    try:
        delivery = webhooks.read({"x-github-event": "pull_request"}, json.dumps(payload).encode())
        parsed = webhooks.parse(delivery)
    except InvalidRequestError:
        return
    assert not isinstance(parsed, PullRequest) or parsed.fork


@settings(deadline=None)
@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=30), st.text(max_size=30)))
def test_any_bytes_are_read_or_refused(body: bytes, headers: dict[str, str]) -> None:
    try:
        GitHubWebhooks().read({"x-github-event": "push", **headers}, body)
    except InvalidRequestError:
        return
