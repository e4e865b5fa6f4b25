"""What Bitbucket Cloud sends when something happens."""

import hashlib
import hmac
from typing import Any

from deltaci.testing.fake_forge.provider import NO_COMMIT, Occurrence
from deltaci.vcs.port import PullRequest, Push, Remark

ABBREVIATED = 12
"""Digits of a commit id in what is told about pull requests."""
TYPES = {"refs/heads/": "branch", "refs/tags/": "tag"}


def payload(full_name: str, occurrence: Occurrence) -> tuple[str, dict[str, Any]]:
    """Return the event's name and payload."""
    base: dict[str, Any] = {"repository": {"full_name": full_name}}
    if isinstance(occurrence, Push):
        pushed = {"changes": [_change(occurrence)]}
        return "repo:push", base | {"actor": account(occurrence.sender), "push": pushed}
    if isinstance(occurrence, PullRequest):
        event = "created" if occurrence.action == "opened" else "updated"
        pull = _pull_request(full_name, occurrence)
        told = base | {"actor": account(occurrence.sender), "pullrequest": pull}
        return f"pullrequest:{event}", told
    return "pullrequest:comment_created", base | _remark(occurrence)


def headers(secret: str, body: bytes, event: str, delivery_id: str) -> dict[str, str]:
    """Return the headers of a signed delivery."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-Event-Key": event,
        "X-Request-UUID": delivery_id,
        "X-Hub-Signature": f"sha256={signature}",
    }


def account(login: str) -> dict[str, str]:
    """Return what is told of an account."""
    return {"uuid": f"{{{login}}}", "account_id": login, "nickname": login}


def _change(pushed: Push) -> dict[str, Any]:
    prefix = next(prefix for prefix in TYPES if pushed.ref.startswith(prefix))
    ref = {"type": TYPES[prefix], "name": pushed.ref.removeprefix(prefix)}
    old = ref | {"target": {"hash": pushed.before_sha}} if pushed.before_sha else None
    new = ref | {"target": {"hash": pushed.commit_sha}}
    return {"old": old, "new": None if pushed.commit_sha == NO_COMMIT else new}


def _pull_request(full_name: str, opened: PullRequest) -> dict[str, Any]:
    source = {"full_name": opened.head_repository} if opened.head_repository else None
    target = opened.target_ref.removeprefix("refs/heads/")
    return {
        "id": opened.number,
        "state": "OPEN",
        "draft": opened.draft,
        "source": {
            "branch": {"name": opened.head_ref},
            "commit": {"hash": opened.head_sha[:ABBREVIATED]},
            "repository": source,
        },
        "destination": {
            "branch": {"name": target},
            "commit": {"hash": (opened.target_sha or NO_COMMIT)[:ABBREVIATED]},
            "repository": {"full_name": full_name},
        },
    }


def _remark(remark: Remark) -> dict[str, Any]:
    author = account(remark.author)
    return {
        "actor": author,
        "pullrequest": {"id": remark.number, "state": "OPEN"},
        "comment": {
            "id": int(remark.comment_id),
            "content": {"raw": remark.body},
            "user": author,
        },
    }
