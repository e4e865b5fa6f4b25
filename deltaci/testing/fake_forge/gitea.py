"""Gitea and Forgejo, as far as Delta CI speaks with them."""

import hashlib
import hmac
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge import github_like
from deltaci.testing.fake_forge.provider import (
    NO_COMMIT,
    Call,
    FakeProvider,
    Occurrence,
    Route,
    answered,
)
from deltaci.testing.fake_forge.state import ForgeState, ShownCheck
from deltaci.testing.http_stub import Answer, Request
from deltaci.vcs.port import PullRequest, Push, Verdict

API = "/api/v1"
REPOSITORY = f"{API}/repos/{{owner}}/{{name}}"
DESCRIPTION_MAX_LENGTH = 255
VERDICTS = {
    "pending": Verdict.RUNNING,
    "success": Verdict.SUCCESS,
    "failure": Verdict.FAILURE,
    "error": Verdict.CANCELLED,
    "warning": Verdict.SUCCESS,
}
ACTIONS = {"opened": "opened", "synchronize": "synchronized", "reopened": "reopened"}


def _login(state: ForgeState, request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return state.accounts.get(token) if scheme == "token" else None


def _user(call: Call) -> Answer:
    return answered(github_like.user(call.login))


def _create_status(call: Call) -> Answer:
    body = call.fields(state=str, context=str, description=str, target_url=str)
    sha, state = call.parts["sha"], body.get("state")
    if state not in VERDICTS:
        raise call.wrong(f"unknown state {state!r}")
    if len(body.get("description", "")) > DESCRIPTION_MAX_LENGTH:
        raise call.wrong("the description is too long")
    if not call.repository.has_commit(sha):
        raise call.wrong(f"no commit {sha}", HTTPStatus.NOT_FOUND)
    shown = github_like.shown_status(
        call, body.get("context", "default"), sha, body.get("target_url", "")
    )
    shown.id = call.state.next_id()
    shown.title = body.get("description", "")
    call.state.move(shown, VERDICTS[state], state)
    return answered(_status(call, shown), HTTPStatus.CREATED)


def _list_statuses(call: Call) -> Answer:
    shown = [each for each in call.repository.checks if each.commit_sha == call.parts["sha"]]
    newest_first = sorted(shown, key=lambda each: int(each.id), reverse=True)
    return answered([_status(call, each) for each in call.page(newest_first)])


def _status(call: Call, shown: ShownCheck) -> dict[str, Any]:
    return {
        "id": int(shown.id),
        "status": shown.states[-1],
        "context": shown.name,
        "description": shown.title,
        "target_url": shown.url,
        "creator": github_like.user(call.login),
    }


def _list_comments(call: Call) -> Answer:
    return answered(github_like.comments(call))  # all at once: Gitea has no pages here


def _payload(full_name: str, occurrence: Occurrence) -> tuple[str, dict[str, Any]]:
    base = {"repository": {"full_name": full_name}}
    if isinstance(occurrence, Push):
        pushed = {
            "ref": occurrence.ref,
            "before": occurrence.before_sha or NO_COMMIT,
            "after": occurrence.commit_sha,
            "head_commit": {"id": occurrence.commit_sha},
            "sender": github_like.user(occurrence.sender),
        }
        return "push", base | pushed
    if isinstance(occurrence, PullRequest):
        return "pull_request", base | _pull_request(full_name, occurrence)
    commented = {
        "action": "created",
        "is_pull": True,
        "issue": {"number": occurrence.number},
        "comment": {
            "id": int(occurrence.comment_id),
            "body": occurrence.body,
            "user": github_like.user(occurrence.author),
        },
        "sender": github_like.user(occurrence.author),
    }
    return "issue_comment", base | commented


def _pull_request(full_name: str, opened: PullRequest) -> dict[str, Any]:
    ready = opened.action == "ready_for_review"
    head: dict[str, Any] = {"ref": opened.head_ref, "sha": opened.head_sha, "repo": None}
    if opened.head_repository:
        head["repo"] = {"full_name": opened.head_repository}
    target = opened.target_ref.removeprefix("refs/heads/")
    return {
        "action": "edited" if ready else ACTIONS[opened.action],
        "number": opened.number,
        "changes": {"title": {"from": "WIP: a change"}} if ready else None,
        "pull_request": {
            "number": opened.number,
            "title": "WIP: a change" if opened.draft else "a change",
            "draft": opened.draft,
            "base": {"ref": target, "sha": opened.target_sha, "repo": {"full_name": full_name}},
            "head": head,
        },
        "sender": github_like.user(opened.sender),
    }


def _headers(secret: str, body: bytes, event: str, delivery_id: str) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-Gitea-Event": event,
        "X-Gitea-Delivery": delivery_id,
        "X-Gitea-Signature": signature,
        "X-Hub-Signature-256": f"sha256={signature}",
    }


FAKE = FakeProvider(
    api_path=API,
    routes=(
        Route("GET", f"{API}/user", _user),
        Route("POST", f"{REPOSITORY}/statuses/{{sha}}", _create_status),
        Route("GET", f"{REPOSITORY}/statuses/{{sha}}", _list_statuses),
        Route("POST", f"{REPOSITORY}/issues/{{number}}/comments", github_like.create_comment),
        Route("GET", f"{REPOSITORY}/issues/{{number}}/comments", _list_comments),
        Route("PATCH", f"{REPOSITORY}/issues/comments/{{id}}", github_like.change_comment),
        Route("GET", f"{REPOSITORY}/collaborators/{{login}}/permission", github_like.permission),
    ),
    login=_login,
    payload=_payload,
    headers=_headers,
)
