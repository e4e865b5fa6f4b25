"""Gitea and Forgejo, as far as Delta CI speaks with them."""

import hashlib
import hmac
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge.provider import (
    NO_COMMIT,
    Call,
    FakeProvider,
    Occurrence,
    RefusalError,
    Route,
    answered,
)
from deltaci.testing.fake_forge.state import ForgeState, ShownCheck, ShownComment
from deltaci.testing.http_stub import Answer, Request
from deltaci.vcs.port import PullRequest, Push, Verdict

API = "/api/v1"
REPOSITORY = f"{API}/repos/{{owner}}/{{name}}"
DESCRIPTION_MAX_LENGTH = 255
VERDICTS = {
    "pending": Verdict.RUNNING,
    "success": Verdict.SUCCESS,
    "failure": Verdict.FAILURE,
    "error": Verdict.FAILURE,
    "warning": Verdict.SUCCESS,
}
ACTIONS = {"opened": "opened", "synchronize": "synchronized", "reopened": "reopened"}


def _login(state: ForgeState, request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return state.accounts.get(token) if scheme == "token" else None


def _user(call: Call) -> Answer:
    return answered({"id": 1, "login": call.login})


def _create_status(call: Call) -> Answer:
    body = call.fields(state=str, context=str, description=str, target_url=str)
    sha, state = call.parts["sha"], body.get("state")
    if state not in VERDICTS:
        raise call.wrong(f"unknown state {state!r}")
    if len(body.get("description", "")) > DESCRIPTION_MAX_LENGTH:
        raise call.wrong("the description is too long")
    if not call.repository.has_commit(sha):
        raise call.wrong(f"no commit {sha}", HTTPStatus.NOT_FOUND)
    shown = _shown(call, body.get("context", "default"), sha, body.get("target_url", ""))
    shown.id = call.state.next_id()
    shown.title = body.get("description", "")
    call.state.move(shown, VERDICTS[state], state)
    return answered(_status(shown, call.login), HTTPStatus.CREATED)


def _shown(call: Call, context: str, sha: str, url: str) -> ShownCheck:
    """Return the check that a status belongs to; another address means another run."""
    for each in call.repository.named(context, sha):
        if each.url == url:
            return each
    made = ShownCheck("", context, sha, Verdict.QUEUED, url=url)
    call.repository.checks.append(made)
    return made


def _list_statuses(call: Call) -> Answer:
    shown = [each for each in call.repository.checks if each.commit_sha == call.parts["sha"]]
    newest_first = sorted(shown, key=lambda each: int(each.id), reverse=True)
    return answered([_status(each, call.login) for each in call.page(newest_first)])


def _status(shown: ShownCheck, login: str) -> dict[str, Any]:
    return {
        "id": int(shown.id),
        "status": shown.states[-1],
        "context": shown.name,
        "description": shown.title,
        "target_url": shown.url,
        "creator": {"login": login},
    }


def _create_comment(call: Call) -> Answer:
    body = call.fields(body=str)
    comment = ShownComment(
        call.state.next_id(), int(call.parts["number"]), call.login, body["body"]
    )
    call.repository.comments.append(comment)
    return answered(_comment(comment), HTTPStatus.CREATED)


def _edit_comment(call: Call) -> Answer:
    body = call.fields(body=str)
    for comment in call.repository.comments:
        if comment.id == call.parts["id"]:
            if comment.author != call.login:
                raise call.wrong("somebody else's comment", HTTPStatus.FORBIDDEN)
            comment.body, comment.edits = body["body"], comment.edits + 1
            return answered(_comment(comment))
    raise RefusalError(HTTPStatus.NOT_FOUND, "no such comment")


def _list_comments(call: Call) -> Answer:
    return answered([_comment(each) for each in call.repository.under(int(call.parts["number"]))])


def _comment(comment: ShownComment) -> dict[str, Any]:
    return {"id": int(comment.id), "body": comment.body, "user": {"login": comment.author}}


def _permission(call: Call) -> Answer:
    login = call.parts["login"]
    if login not in call.repository.members:
        raise RefusalError(HTTPStatus.NOT_FOUND, "user does not exist")
    permission = "write" if call.repository.members[login] else "read"
    return answered({"permission": permission, "role_name": permission, "user": {"login": login}})


def _payload(full_name: str, occurrence: Occurrence) -> tuple[str, dict[str, Any]]:
    base = {"repository": {"full_name": full_name}}
    if isinstance(occurrence, Push):
        pushed = {
            "ref": occurrence.ref,
            "before": occurrence.before_sha or NO_COMMIT,
            "after": occurrence.commit_sha,
            "head_commit": {"id": occurrence.commit_sha},
            "sender": {"login": occurrence.sender},
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
            "user": {"login": occurrence.author},
        },
        "sender": {"login": occurrence.author},
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
        "sender": {"login": opened.sender},
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
        Route("POST", f"{REPOSITORY}/issues/{{number}}/comments", _create_comment),
        Route("GET", f"{REPOSITORY}/issues/{{number}}/comments", _list_comments),
        Route("PATCH", f"{REPOSITORY}/issues/comments/{{id}}", _edit_comment),
        Route("GET", f"{REPOSITORY}/collaborators/{{login}}/permission", _permission),
    ),
    login=_login,
    payload=_payload,
    headers=_headers,
)
