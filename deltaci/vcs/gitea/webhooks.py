"""What Gitea and Forgejo tell us: pushes, pull requests and comments under them."""

from collections.abc import Mapping, Sequence
from typing import Any

from deltaci.errors import InvalidRequestError
from deltaci.vcs import github_like
from deltaci.vcs import webhook_body as body_of
from deltaci.vcs.port import Delivery, Event, Ignored

FORGEJO, GITEA = "x-forgejo-", "x-gitea-"
NEW_HEADS = {"opened": "opened", "synchronized": "synchronize", "reopened": "reopened"}
DRAFT_PREFIXES = ("WIP:", "[WIP]")
"""What makes a title a draft's, unless an administrator has changed it."""
TWICE_TOLD = {
    "create": "what was created is told by a push, too",
    "delete": "what was deleted has nothing to run",
}


class GiteaWebhooks:
    """Implements `deltaci.vcs.port.Webhooks`."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """See the port."""
        event = _header(headers, "event")
        if not event:
            raise InvalidRequestError("the header X-Gitea-Event or X-Forgejo-Event is missing")
        payload = body_of.read_object(body)
        return Delivery(
            event=event,
            delivery_id=_header(headers, "delivery"),
            full_name=body_of.short_text(payload, "repository", "full_name"),
            body=body,
            payload=payload,
            headers=headers,
        )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> bool:
        """See the port. The first signature that is there is the one that counts."""
        signature = _header(delivery.headers, "signature")
        if not signature:
            prefix, _, signature = delivery.headers.get("x-hub-signature-256", "").partition("=")
            if prefix != "sha256":
                return False
        return body_of.signed_by_one(signature, delivery.body, secrets, "sha256")

    def parse(self, delivery: Delivery) -> Event:
        """See the port."""
        parse = _PARSERS.get(delivery.event)
        if parse is None:
            unknown = f"the event {delivery.event} is none that we act on"
            return Ignored(TWICE_TOLD.get(delivery.event, unknown))
        if not delivery.full_name:
            raise InvalidRequestError("repository.full_name is missing or no text")
        return parse(delivery.payload)


def _header(headers: Mapping[str, str], name: str) -> str:
    return body_of.header(headers, FORGEJO + name, GITEA + name)


def _pull_request(payload: Mapping[str, Any]) -> Event:
    happened = body_of.short_text(payload, "action")
    action = "ready_for_review" if _became_ready(payload) else NEW_HEADS.get(happened)
    if action is None:
        return Ignored(f"a pull request that was {happened or 'changed'} has no new head")
    return github_like.pull_request(payload, action, draft=_is_draft(payload))


def _became_ready(payload: Mapping[str, Any]) -> bool:
    """Whether the title lost its mark: there is no event of its own for that."""
    before = body_of.text_or_nothing(payload, "changes", "title", "from")
    return payload.get("action") == "edited" and _marks_draft(before) and not _is_draft(payload)


def _is_draft(payload: Mapping[str, Any]) -> bool:
    said = body_of.dig(payload, "pull_request", "draft")
    if isinstance(said, bool):
        return said
    return _marks_draft(body_of.text_or_nothing(payload, "pull_request", "title"))


def _marks_draft(title: str) -> bool:
    return title.upper().startswith(DRAFT_PREFIXES)


def _remark(payload: Mapping[str, Any]) -> Event:
    action = body_of.short_text(payload, "action")
    if action != "created":
        return Ignored(f"a comment that was {action or 'changed'} is not new")
    if payload.get("is_pull") is not True:
        return Ignored("the comment is not on a pull request")
    return github_like.remark(payload)


_PARSERS = {
    "push": github_like.push,
    "pull_request": _pull_request,
    "issue_comment": _remark,
}
