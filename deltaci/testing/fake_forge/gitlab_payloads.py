"""What GitLab sends when something happens."""

from typing import Any

from deltaci.testing.fake_forge.provider import NO_COMMIT, Occurrence
from deltaci.vcs.port import PullRequest, Push, Remark

ACTIONS = {"opened": "open", "reopened": "reopen"}
"""Everything else is an update."""
PROJECT_ID, FORK_ID = 1, 2


def payload(full_name: str, occurrence: Occurrence) -> tuple[str, dict[str, Any]]:
    """Return the event's name and payload."""
    base = {"project": {"id": PROJECT_ID, "path_with_namespace": full_name}}
    if isinstance(occurrence, Push):
        event = "Tag Push Hook" if occurrence.ref.startswith("refs/tags/") else "Push Hook"
        return event, base | _push(occurrence)
    if isinstance(occurrence, PullRequest):
        return "Merge Request Hook", base | _merge_request(full_name, occurrence)
    return "Note Hook", base | _note(occurrence)


def headers(secret: str, body: bytes, event: str, delivery_id: str) -> dict[str, str]:
    """Return the headers of a delivery; the secret is among them, and nothing is signed."""
    del body
    return {"X-Gitlab-Event": event, "X-Gitlab-Token": secret, "Idempotency-Key": delivery_id}


def _push(pushed: Push) -> dict[str, Any]:
    deleted = pushed.commit_sha == NO_COMMIT
    return {
        "object_kind": "tag_push" if pushed.ref.startswith("refs/tags/") else "push",
        "ref": pushed.ref,
        "before": pushed.before_sha or NO_COMMIT,
        "after": pushed.commit_sha,
        "checkout_sha": None if deleted else pushed.commit_sha,
        "user_username": pushed.sender,
    }


def _merge_request(full_name: str, opened: PullRequest) -> dict[str, Any]:
    source = {"path_with_namespace": opened.head_repository} if opened.head_repository else None
    attributes = {
        "iid": opened.number,
        "action": ACTIONS.get(opened.action, "update"),
        "state": "opened",
        "draft": opened.draft,
        "source_branch": opened.head_ref,
        "source_project_id": FORK_ID if opened.fork else PROJECT_ID,
        "source": source,
        "target_branch": opened.target_ref.removeprefix("refs/heads/"),
        "target_project_id": PROJECT_ID,
        "target": {"path_with_namespace": full_name},
        "last_commit": {"id": opened.head_sha},
    }
    if opened.action == "synchronize":
        attributes["oldrev"] = opened.target_sha or NO_COMMIT
    ready = opened.action == "ready_for_review"
    return {
        "object_kind": "merge_request",
        "user": {"username": opened.sender},
        "object_attributes": attributes,
        "changes": {"draft": {"previous": True, "current": False}} if ready else {},
    }


def _note(remark: Remark) -> dict[str, Any]:
    return {
        "object_kind": "note",
        "user": {"username": remark.author},
        "object_attributes": {
            "id": int(remark.comment_id),
            "action": "create",
            "note": remark.body,
            "noteable_type": "MergeRequest",
            "system": False,
        },
        "merge_request": {"iid": remark.number},
    }
