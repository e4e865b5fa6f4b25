"""What GitHub tells us: pushes, pull requests and comments under them."""

from collections.abc import Mapping, Sequence
from typing import Any

from deltaci.errors import InvalidRequestError
from deltaci.vcs import webhook_body as body_of
from deltaci.vcs.port import Delivery, Event, Ignored, PullRequest, Push, Remark

HEADS = "refs/heads/"
TAGS = "refs/tags/"
NEW_HEADS = frozenset({"opened", "synchronize", "reopened", "ready_for_review"})
BOT = "Bot"
AUTHOR = ("comment", "user")


class GitHubWebhooks:
    """Implements `deltaci.vcs.port.Webhooks`."""

    def __init__(self, *, allow_sha1: bool = False) -> None:
        self._allow_sha1 = allow_sha1

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """See the port."""
        event = body_of.header(headers, "x-github-event")
        if not event:
            raise InvalidRequestError("the header X-GitHub-Event is missing")
        payload = body_of.read_object(headers, body)
        return Delivery(
            event=event,
            delivery_id=body_of.header(headers, "x-github-delivery"),
            full_name=body_of.short_text(payload, "repository", "full_name"),
            body=body,
            payload=payload,
            headers=headers,
        )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> bool:
        """See the port. SHA-1 counts only where it is allowed and nothing better was sent."""
        algorithm, name = "sha256", "x-hub-signature-256"
        if self._allow_sha1 and name not in delivery.headers:
            algorithm, name = "sha1", "x-hub-signature"
        prefix, _, signature = delivery.headers.get(name, "").partition("=")
        return prefix == algorithm and body_of.signed_by_one(
            signature, delivery.body, secrets, algorithm
        )

    def parse(self, delivery: Delivery) -> Event:
        """See the port."""
        parse = _PARSERS.get(delivery.event)
        if parse is None:
            return Ignored(f"the event {delivery.event} is none that we act on")
        if not delivery.full_name:
            raise InvalidRequestError("repository.full_name is missing or no text")
        return parse(delivery.payload)


def _push(payload: Mapping[str, Any]) -> Event:
    ref = body_of.ref(payload, "ref")
    if not ref.startswith((HEADS, TAGS)):
        return Ignored(f"{ref} is neither a branch nor a tag")
    after = body_of.commit(payload, "after")
    if payload.get("deleted") is True or not after.strip("0"):
        return Ignored(f"{ref} was deleted")
    # Of an annotated tag `after` is the tag's own object, and the head commit what it stands for.
    tagged = body_of.commit_or_none(payload, "head_commit", "id") if ref.startswith(TAGS) else None
    return Push(
        ref=ref,
        commit_sha=tagged or after,
        before_sha=body_of.commit_or_none(payload, "before"),
        sender=body_of.short_text(payload, "sender", "login"),
    )


def _pull_request(payload: Mapping[str, Any]) -> Event:
    action = body_of.short_text(payload, "action")
    if action not in NEW_HEADS:
        return Ignored(f"a pull request that was {action or 'changed'} has no new head")
    number = body_of.number(payload, "pull_request", "number")
    pull = payload["pull_request"]
    head_repository = body_of.short_text(pull, "head", "repo", "full_name")
    base_repository = body_of.short_text(pull, "base", "repo", "full_name")
    return PullRequest(
        number=number,
        action=action,
        ref=f"refs/pull/{number}/head",
        head_sha=body_of.commit(pull, "head", "sha"),
        head_ref=body_of.ref(pull, "head", "ref"),
        head_repository=head_repository,
        target_ref=HEADS + body_of.ref(pull, "base", "ref"),
        target_sha=body_of.commit_or_none(pull, "base", "sha"),
        fork=not body_of.same_repository(head_repository, base_repository),
        draft=pull.get("draft") is True,
        sender=body_of.short_text(payload, "sender", "login"),
    )


def _remark(payload: Mapping[str, Any]) -> Event:
    action = body_of.short_text(payload, "action")
    if action != "created":
        return Ignored(f"a comment that was {action or 'changed'} is not new")
    if not isinstance(body_of.dig(payload, "issue", "pull_request"), Mapping):
        return Ignored("the comment is not on a pull request")
    if BOT in (body_of.dig(payload, "sender", "type"), body_of.dig(payload, *AUTHOR, "type")):
        return Ignored("the comment is a bot's")
    return Remark(
        number=body_of.number(payload, "issue", "number"),
        comment_id=str(body_of.number(payload, "comment", "id", below=2**63)),
        author=body_of.text(payload, *AUTHOR, "login"),
        body=body_of.text_or_nothing(payload, "comment", "body"),
    )


_PARSERS = {"push": _push, "pull_request": _pull_request, "issue_comment": _remark}
