"""What GitHub tells us: pushes, pull requests and comments under them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from deltaci.errors import InvalidRequestError
from deltaci.vcs import github_like
from deltaci.vcs import webhook_body as body_of
from deltaci.vcs.port import Delivery, Event, Ignored

NEW_HEADS = frozenset({"opened", "synchronize", "reopened", "ready_for_review"})
BOT = "Bot"
FORM = "application/x-www-form-urlencoded"


class GitHubWebhooks:
    """Implements `deltaci.vcs.port.Webhooks`."""

    def __init__(self, *, allow_sha1: bool = False) -> None:
        self._allow_sha1 = allow_sha1

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """See the port."""
        event = body_of.header(headers, "x-github-event")
        if not event:
            raise InvalidRequestError("the header X-GitHub-Event is missing")
        payload = body_of.read_object(_json_of(headers, body))
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


def _json_of(headers: Mapping[str, str], body: bytes) -> bytes | str:
    """Return what is JSON of a body: all of it, or the one field of a form.

    GitHub alone signs a whole form, so that nothing in it can be a stranger's.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return body
    try:
        ((name, text),) = parse_qsl(body.decode(), strict_parsing=True, max_num_fields=1)
    except ValueError as error:
        raise InvalidRequestError("the body is no form of one field") from error
    if name != "payload":
        raise InvalidRequestError("the form's field is not payload")
    return text


def _pull_request(payload: Mapping[str, Any]) -> Event:
    action = body_of.short_text(payload, "action")
    if action not in NEW_HEADS:
        return Ignored(f"a pull request that was {action or 'changed'} has no new head")
    draft = body_of.dig(payload, "pull_request", "draft") is True
    return github_like.pull_request(payload, action, draft=draft)


def _remark(payload: Mapping[str, Any]) -> Event:
    action = body_of.short_text(payload, "action")
    if action != "created":
        return Ignored(f"a comment that was {action or 'changed'} is not new")
    if not isinstance(body_of.dig(payload, "issue", "pull_request"), Mapping):
        return Ignored("the comment is not on a pull request")
    writers = (("sender", "type"), ("comment", "user", "type"))
    if any(body_of.dig(payload, *path) == BOT for path in writers):
        return Ignored("the comment is a bot's")
    return github_like.remark(payload)


_PARSERS = {"push": github_like.push, "pull_request": _pull_request, "issue_comment": _remark}
