"""What Bitbucket Cloud tells us: pushes, pull requests and comments under them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from deltaci.errors import InvalidRequestError
from deltaci.vcs import webhook_body as body_of
from deltaci.vcs.port import Delivery, Event, Ignored, PullRequest, Push, Remark

HEADS = "refs/heads/"
PREFIXES = {"branch": HEADS, "tag": "refs/tags/"}
ACTIONS = {"pullrequest:created": "opened", "pullrequest:updated": "synchronize"}
NAME = ("repository", "full_name")

_ABBREVIATION = re.compile("[0-9a-f]{12,39}")


class BitbucketWebhooks:
    """Implements `deltaci.vcs.port.Webhooks`."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """See the port."""
        event = body_of.header(headers, "x-event-key")
        if not event:
            raise InvalidRequestError("the header X-Event-Key is missing")
        payload = body_of.read_object(body)
        return Delivery(
            event=event,
            delivery_id=body_of.header(headers, "x-request-uuid"),
            full_name=body_of.short_text(payload, *NAME),
            body=body,
            payload=payload,
            headers=headers,
        )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> bool:
        """See the port."""
        algorithm, _, signature = delivery.headers.get("x-hub-signature", "").partition("=")
        return algorithm == "sha256" and body_of.signed_by_one(
            signature, delivery.body, secrets, algorithm
        )

    def parse(self, delivery: Delivery) -> Event:
        """See the port."""
        parse = _PARSERS.get(delivery.event)
        if parse is None:
            return Ignored(f"the event {delivery.event} is none that we act on")
        if not delivery.full_name:
            raise InvalidRequestError("repository.full_name is missing or no text")
        return parse(delivery)


def _push(delivery: Delivery) -> Event:
    """Return one of the changes: the last branch, or else the last tag, that is still there.

    Bitbucket tells all refs of one `git push` in one delivery, without an order of their own.
    """
    changes = body_of.dig(delivery.payload, "push", "changes")
    if not isinstance(changes, list):
        raise InvalidRequestError("push.changes is missing or no list")
    left = [(body_of.short_text(change, "new", "type"), change) for change in changes]
    known = [(kind, change) for kind, change in left if kind in PREFIXES]
    by_type = dict(known)
    for kind, prefix in PREFIXES.items():
        if kind in by_type:
            return _pushed(delivery, prefix, by_type[kind], others=len(known) - 1)
    return Ignored("no branch or tag was left by the push")


def _pushed(delivery: Delivery, prefix: str, change: Mapping[str, Any], others: int) -> Push:
    return Push(
        ref=prefix + body_of.ref(change, "new", "name"),
        commit_sha=body_of.commit(change, "new", "target", "hash"),
        before_sha=body_of.commit_or_none(change, "old", "target", "hash"),
        sender=_name(delivery),
        others=others,
    )


def _pull_request(delivery: Delivery) -> Event:
    pull = delivery.payload.get("pullrequest")
    number = body_of.number(pull, "id")
    if body_of.dig(pull, "state") != "OPEN":
        return Ignored("the pull request is not open")
    source = body_of.short_text(pull, "source", *NAME)
    destination = body_of.short_text(pull, "destination", *NAME)
    if not body_of.same_repository(source, destination, delivery.full_name):
        return Ignored("Bitbucket lets nobody fetch the head of a fork's pull request by a ref")
    branch = body_of.ref(pull, "source", "branch", "name")
    return PullRequest(
        number=number,
        action=ACTIONS[delivery.event],
        ref=HEADS + branch,
        head_sha=_abbreviated_commit(pull, "source", "commit", "hash"),
        head_ref=branch,
        head_repository=source,
        target_ref=HEADS + body_of.ref(pull, "destination", "branch", "name"),
        target_sha=body_of.commit_or_none(pull, "destination", "commit", "hash"),
        fork=False,
        draft=body_of.dig(pull, "draft") is True,
        sender=_name(delivery),
    )


def _abbreviated_commit(payload: Any, *path: str) -> str:
    """Return a commit id, which Bitbucket cuts to 12 digits in what it tells of pull requests."""
    found = body_of.text(payload, *path)
    return found if _ABBREVIATION.fullmatch(found) else body_of.commit(payload, *path)


def _remark(delivery: Delivery) -> Event:
    comment = delivery.payload.get("comment")
    return Remark(
        number=body_of.number(delivery.payload, "pullrequest", "id"),
        comment_id=str(body_of.number(comment, "id", below=2**63)),
        # Names may be changed at will; permissions are asked for by the account's id.
        author=body_of.text(comment, "user", "account_id"),
        body=body_of.text_or_nothing(comment, "content", "raw"),
    )


def _name(delivery: Delivery) -> str:
    actor = delivery.payload.get("actor")
    return body_of.short_text(actor, "nickname") or body_of.short_text(actor, "display_name")


_PARSERS = {
    "repo:push": _push,
    "pullrequest:created": _pull_request,
    "pullrequest:updated": _pull_request,
    "pullrequest:comment_created": _remark,
}
