"""GitHub, as far as Delta CI speaks with it: as a server of one's own, for Apps and tokens."""

import hashlib
import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge import github_checks, github_like
from deltaci.testing.fake_forge.github_app import FakeApp
from deltaci.testing.fake_forge.provider import (
    NO_COMMIT,
    Call,
    FakeProvider,
    Occurrence,
    RefusalError,
    Route,
    answered,
)
from deltaci.testing.fake_forge.state import ForgeState, ShownCheck
from deltaci.testing.http_stub import Answer, Request
from deltaci.vcs.port import PullRequest, Push, Verdict

API = "/api/v3"
REPOSITORY = f"{API}/repos/{{owner}}/{{name}}"
AS_THE_APP = "<the App itself>"
"""The login of a call that carries the App's own signature, good for little."""
DESCRIPTION_MAX_LENGTH = 140
STATES = {
    "pending": Verdict.RUNNING,
    "success": Verdict.SUCCESS,
    "failure": Verdict.FAILURE,
    "error": Verdict.CANCELLED,
}


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _login(state: ForgeState, request: Request) -> str | None:
    token = _token(request)
    if state.app and state.app.grant_of(token):
        return state.app.login
    if state.app and state.app.has_signed(token):
        return AS_THE_APP
    return state.accounts.get(token)


def _app(call: Call) -> FakeApp:
    if call.login != AS_THE_APP or call.state.app is None:
        raise call.wrong("this needs the App's own signature", HTTPStatus.UNAUTHORIZED)
    return call.state.app


def _as_an_account(answer: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    """Let only those in who may act in the repository that the path names."""

    def checked(call: Call) -> Answer:
        if call.login == AS_THE_APP:
            raise call.wrong("this needs an installation's token", HTTPStatus.UNAUTHORIZED)
        grant = call.state.app.grant_of(_token(call.request)) if call.state.app else None
        if grant and call.state.app:
            if call.state.app.installations.get(call.parts["owner"]) != grant.installation:
                raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")
            if grant.only_read:
                raise call.wrong("Resource not accessible by integration", HTTPStatus.FORBIDDEN)
        return answer(call)

    return checked


def _who_am_i(call: Call) -> Answer:
    if call.login not in call.state.accounts.values():
        raise RefusalError(HTTPStatus.FORBIDDEN, "Resource not accessible by integration")
    return answered(github_like.user(call.login))


def _which_app(call: Call) -> Answer:
    return answered({"id": int(_app(call).app_id), "slug": _app(call).slug})


def _installation(call: Call) -> Answer:
    found = _app(call).installations.get(call.parts["owner"])
    if found is None or call.repository.full_name not in call.state.repositories:
        raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")
    return answered({"id": int(found)})


def _mint(call: Call) -> Answer:
    app, installation = _app(call), call.parts["id"]
    body = call.fields(repositories=list, permissions=dict)
    owners = [owner for owner, known in app.installations.items() if known == installation]
    if not owners:
        raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")
    names = body.get("repositories")
    for name in names or ():
        if f"{owners[0]}/{name}" not in call.state.repositories:
            raise call.wrong(f"the installation has no repository {name}")
    token, grant = app.grant(
        installation,
        None if names is None else frozenset(names),
        only_read=body.get("permissions") == {"contents": "read"},
    )
    expires_at = grant.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return answered({"token": token, "expires_at": expires_at}, HTTPStatus.CREATED)


def _create_status(call: Call) -> Answer:
    body = call.fields(state=str, context=str, description=str, target_url=str)
    sha, state = call.parts["sha"], body.get("state")
    if state not in STATES:
        raise call.wrong(f"unknown state {state!r}")
    if len(body.get("description", "")) > DESCRIPTION_MAX_LENGTH:
        raise call.wrong("the description is too long")
    if not call.repository.has_commit(sha):
        raise call.wrong(f"no commit found for SHA: {sha}")
    shown = github_like.shown_status(call, body["context"], sha, body.get("target_url", ""))
    shown.id = call.state.next_id()
    shown.title = body.get("description", "")
    call.state.move(shown, STATES[state], state)
    return answered(_status(shown), HTTPStatus.CREATED)


def _list_statuses(call: Call) -> Answer:
    shown = [
        each
        for each in call.repository.checks
        if each.commit_sha == call.parts["sha"] and not each.reference  # no check runs
    ]
    newest_first = sorted(shown, key=lambda each: int(each.id), reverse=True)
    return answered([_status(each) for each in call.page(newest_first, size="per_page")])


def _status(shown: ShownCheck) -> dict[str, Any]:
    return {
        "id": int(shown.id),
        "state": shown.states[-1],
        "context": shown.name,
        "description": shown.title,
        "target_url": shown.url or None,
    }


def _list_comments(call: Call) -> Answer:
    return answered(call.page(github_like.comments(call), size="per_page"))


def _payload(full_name: str, occurrence: Occurrence) -> tuple[str, dict[str, Any]]:
    base = {"repository": {"full_name": full_name}}
    if isinstance(occurrence, Push):
        return "push", base | _push(occurrence)
    if isinstance(occurrence, PullRequest):
        return "pull_request", base | _pull_request(full_name, occurrence)
    author = github_like.user(occurrence.author)
    commented = {
        "action": "created",
        "issue": {"number": occurrence.number, "pull_request": {}},
        "comment": {"id": int(occurrence.comment_id), "body": occurrence.body, "user": author},
        "sender": author,
    }
    return "issue_comment", base | commented


def _push(pushed: Push) -> dict[str, Any]:
    deleted = pushed.commit_sha == NO_COMMIT
    return {
        "ref": pushed.ref,
        "before": pushed.before_sha or NO_COMMIT,
        "after": pushed.commit_sha,
        "deleted": deleted,
        "head_commit": None if deleted else {"id": pushed.commit_sha},
        "sender": github_like.user(pushed.sender),
    }


def _pull_request(full_name: str, opened: PullRequest) -> dict[str, Any]:
    head: dict[str, Any] = {"ref": opened.head_ref, "sha": opened.head_sha, "repo": None}
    if opened.head_repository:
        head["repo"] = {"full_name": opened.head_repository}
    target = opened.target_ref.removeprefix("refs/heads/")
    return {
        "action": opened.action,
        "number": opened.number,
        "pull_request": {
            "number": opened.number,
            "draft": opened.draft,
            "base": {"ref": target, "sha": opened.target_sha, "repo": {"full_name": full_name}},
            "head": head,
        },
        "sender": github_like.user(opened.sender),
    }


def _headers(secret: str, body: bytes, event: str, delivery_id: str) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery_id,
        "X-Hub-Signature-256": f"sha256={signature}",
    }


IN_REPOSITORIES = (
    ("POST", "/check-runs", github_checks.create),
    ("PATCH", "/check-runs/{id}", github_checks.change),
    ("GET", "/commits/{sha}/check-runs", github_checks.listed),
    ("POST", "/statuses/{sha}", _create_status),
    ("GET", "/commits/{sha}/statuses", _list_statuses),
    ("POST", "/issues/{number}/comments", github_like.create_comment),
    ("GET", "/issues/{number}/comments", _list_comments),
    ("PATCH", "/issues/comments/{id}", github_like.change_comment),
    ("GET", "/collaborators/{login}/permission", github_like.permission),
)

FAKE = FakeProvider(
    api_path=API,
    routes=(
        Route("GET", f"{API}/user", _who_am_i),
        Route("GET", f"{API}/app", _which_app),
        Route("POST", f"{API}/app/installations/{{id}}/access_tokens", _mint),
        Route("GET", f"{REPOSITORY}/installation", _installation),
        *(
            Route(method, f"{REPOSITORY}{path}", _as_an_account(answer))
            for method, path, answer in IN_REPOSITORIES
        ),
    ),
    login=_login,
    payload=_payload,
    headers=_headers,
)
