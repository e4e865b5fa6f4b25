"""What GitLab tells us: pushes, tags, merge requests and notes under them."""

from collections.abc import Mapping, Sequence
from typing import Any

from deltaci.errors import InvalidRequestError
from deltaci.vcs import webhook_body as body_of
from deltaci.vcs.port import Delivery, Event, Ignored, PullRequest, Push, Remark

HEADS = "refs/heads/"
TAGS = "refs/tags/"
CLOSED = frozenset({"closed", "merged"})
DRAFT_MARKS = ("draft", "work_in_progress")
"""The field's present and former name."""
IID = ("object_attributes", "iid")


class GitLabWebhooks:
    """Implements `deltaci.vcs.port.Webhooks`."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """See the port."""
        event = body_of.header(headers, "x-gitlab-event")
        if not event:
            raise InvalidRequestError("the header X-Gitlab-Event is missing")
        payload = body_of.read_object(body)
        return Delivery(
            event=event,
            # X-Gitlab-Webhook-UUID is no substitute: all deliveries of a webhook share it.
            delivery_id=body_of.header(headers, "idempotency-key", "x-gitlab-event-uuid"),
            full_name=body_of.short_text(payload, "project", "path_with_namespace"),
            body=body,
            payload=payload,
            headers=headers,
        )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> bool:
        """See the port. GitLab signs nothing: it sends the secret itself along."""
        return body_of.equals_one(delivery.headers.get("x-gitlab-token", ""), secrets)

    def parse(self, delivery: Delivery) -> Event:
        """See the port."""
        parse = _PARSERS.get(delivery.event)
        if parse is None:
            return Ignored(f"the event {delivery.event} is none that we act on")
        if not delivery.full_name:
            raise InvalidRequestError("project.path_with_namespace is missing or no text")
        return parse(delivery.payload)


def _push(payload: Mapping[str, Any]) -> Event:
    ref = body_of.ref(payload, "ref")
    if not ref.startswith((HEADS, TAGS)):
        return Ignored(f"{ref} is neither a branch nor a tag")
    after = body_of.commit(payload, "after")
    if not after.strip("0"):
        return Ignored(f"{ref} was deleted")
    # Of an annotated tag `after` is the tag's own object.
    tagged = body_of.commit_or_none(payload, "checkout_sha") if ref.startswith(TAGS) else None
    return Push(
        ref=ref,
        commit_sha=tagged or after,
        before_sha=body_of.commit_or_none(payload, "before"),
        sender=body_of.short_text(payload, "user_username"),
    )


def _merge_request(payload: Mapping[str, Any]) -> Event:
    action = body_of.short_text(payload, "object_attributes", "action")
    ours = _action(payload, action)
    if ours is None:
        return Ignored(f"a merge request's {action or 'unnamed action'} brings no new head")
    number = body_of.number(payload, *IID)
    merge = payload["object_attributes"]
    if body_of.short_text(merge, "state") in CLOSED:
        return Ignored("the merge request is closed")
    return PullRequest(
        number=number,
        action=ours,
        ref=f"refs/merge-requests/{number}/head",
        head_sha=body_of.commit(merge, "last_commit", "id"),
        head_ref=body_of.ref(merge, "source_branch"),
        head_repository=body_of.short_text(merge, "source", "path_with_namespace"),
        target_ref=HEADS + body_of.ref(merge, "target_branch"),
        target_sha=None,
        fork=_is_fork(payload, merge),
        draft=any(merge.get(mark) is True for mark in DRAFT_MARKS),
        sender=body_of.short_text(payload, "user", "username"),
    )


def _action(payload: Mapping[str, Any], action: str) -> str | None:
    """Return what the action is called here; None for one that brings nothing to look at.

    GitLab calls every change an update; only one by new commits names the head before it.
    """
    if action != "update":
        return {"open": "opened", "reopen": "reopened"}.get(action)
    if body_of.text_or_nothing(payload, "object_attributes", "oldrev"):
        return "synchronize"
    was_draft = (body_of.dig(payload, "changes", mark, "previous") for mark in DRAFT_MARKS)
    return "ready_for_review" if True in was_draft else None


def _is_fork(payload: Mapping[str, Any], merge: Mapping[str, Any]) -> bool:
    """Whether source, target and project differ in number or name, or one of these is not told."""
    source, target = merge.get("source_project_id"), merge.get("target_project_id")
    same_number = type(source) is int and source == target
    return not same_number or not body_of.same_repository(
        body_of.short_text(merge, "source", "path_with_namespace"),
        body_of.short_text(merge, "target", "path_with_namespace"),
        body_of.short_text(payload, "project", "path_with_namespace"),
    )


def _note(payload: Mapping[str, Any]) -> Event:
    note = payload.get("object_attributes")
    if body_of.short_text(note, "noteable_type") != "MergeRequest":
        return Ignored("the note is not on a merge request")
    if body_of.dig(note, "system") is not False:
        return Ignored("the note is GitLab's own")
    # Before GitLab 16 no action was sent, and notes were told of when they were new only.
    if body_of.dig(note, "action") is not None and body_of.short_text(note, "action") != "create":
        return Ignored("the note is not new")
    return Remark(
        number=body_of.number(payload, "merge_request", "iid"),
        comment_id=str(body_of.number(note, "id", below=2**63)),
        author=body_of.text(payload, "user", "username"),
        body=body_of.text_or_nothing(note, "note"),
    )


_PARSERS = {
    "Push Hook": _push,
    "Tag Push Hook": _push,
    "Merge Request Hook": _merge_request,
    "Note Hook": _note,
}
