"""Bitbucket Cloud, as far as Delta CI speaks with it. An account's id is its login here.

What a comment hides is kept as an HTML comment, as on other forges; Bitbucket itself would show
those, and hides definitions of links that are not there.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge.bitbucket_payloads import account, headers, payload
from deltaci.testing.fake_forge.comments import edit_comment, write_comment
from deltaci.testing.fake_forge.provider import Call, FakeProvider, RefusalError, Route, answered
from deltaci.testing.fake_forge.state import ForgeState, ShownCheck, ShownComment
from deltaci.testing.http_stub import Answer, Request
from deltaci.vcs.port import Verdict

API = "/2.0"
REPOSITORY = f"{API}/repositories/{{owner}}/{{name}}"
COMMIT = f"{REPOSITORY}/commit/{{sha}}"
COMMENTS = f"{REPOSITORY}/pullrequests/{{number}}/comments"
PERMISSIONS = f"{API}/workspaces/{{owner}}/permissions/repositories/{{name}}"
COMMENT_MAX_LENGTH = 32_768
LIMITS = {"key": 40, "name": 255, "description": 255, "url": 2048}
REQUIRED = ("key", "state", "url")
WRITERS_ONLY = 'permission>"read"'
VERDICTS = {
    "INPROGRESS": Verdict.RUNNING,
    "SUCCESSFUL": Verdict.SUCCESS,
    "FAILED": Verdict.FAILURE,
    "STOPPED": Verdict.CANCELLED,
}


def _login(state: ForgeState, request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return state.accounts.get(token) if scheme == "Bearer" else None


def _user(call: Call) -> Answer:
    return answered(account(call.login))


def _commit(call: Call) -> Answer:
    """A commit is found by the beginning of its id, too."""
    for sha in call.repository.commits:
        if sha.startswith(call.parts["sha"]):
            return answered({"type": "commit", "hash": sha})
    raise RefusalError(HTTPStatus.NOT_FOUND, "Commit not found")


def _put_status(call: Call) -> Answer:
    body = call.fields(key=str, state=str, name=str, description=str, url=str)
    if not call.repository.has_commit(call.parts["sha"]):
        raise call.wrong("Commit not found", HTTPStatus.NOT_FOUND)
    _require_sound(call, body)
    shown = _shown(call, body["key"])
    if shown is None or shown.url != body["url"]:  # another address means another run
        if shown is not None:
            call.repository.checks.remove(shown)
        shown = ShownCheck(body["key"], "", call.parts["sha"], Verdict.QUEUED)
        call.repository.checks.append(shown)
    shown.name, shown.url = body.get("name", body["key"]), body["url"]
    shown.title = body.get("description", "")
    call.state.move(shown, VERDICTS[body["state"]], body["state"])
    return answered(_status(shown), HTTPStatus.CREATED)


def _require_sound(call: Call, body: dict[str, Any]) -> None:
    for name in REQUIRED:
        if not body.get(name):
            raise call.wrong(f"{name}: required key not provided", HTTPStatus.BAD_REQUEST)
    for name, limit in LIMITS.items():
        if len(body.get(name, "")) > limit:
            raise call.wrong(f"{name} has more than {limit} characters", HTTPStatus.BAD_REQUEST)
    if body["state"] not in VERDICTS:
        raise call.wrong(f"{body['state']} is not a valid choice", HTTPStatus.BAD_REQUEST)
    if not body["url"].startswith(("http://", "https://")):
        raise call.wrong("url is no URL", HTTPStatus.BAD_REQUEST)


def _get_status(call: Call) -> Answer:
    shown = _shown(call, call.parts["key"])
    if shown is None:
        raise RefusalError(HTTPStatus.NOT_FOUND, "no such status")
    return answered(_status(shown))


def _shown(call: Call, key: str) -> ShownCheck | None:
    for each in call.repository.checks:
        if (each.id, each.commit_sha) == (key, call.parts["sha"]):
            return each
    return None


def _status(shown: ShownCheck) -> dict[str, Any]:
    return {
        "type": "build",
        "key": shown.id,
        "state": shown.states[-1],
        "name": shown.name,
        "description": shown.title,
        "url": shown.url,
    }


def _create_comment(call: Call) -> Answer:
    return answered(_comment(write_comment(call, _raw(call))), HTTPStatus.CREATED)


def _edit_comment(call: Call) -> Answer:
    return answered(_comment(edit_comment(call, _raw(call))))


def _raw(call: Call) -> str:
    raw = call.fields(content=dict).get("content", {}).get("raw")
    if not isinstance(raw, str):
        raise call.wrong("content.raw: required key not provided", HTTPStatus.BAD_REQUEST)
    if len(raw) > COMMENT_MAX_LENGTH:
        raise call.wrong("content.raw is too long", HTTPStatus.BAD_REQUEST)
    if "<!--" in raw:
        raise call.wrong("everybody would see this HTML comment", HTTPStatus.BAD_REQUEST)
    return re.sub(r"\[//\]: # \((.*)\)", r"<!-- \1 -->", raw)


def _list_comments(call: Call) -> Answer:
    comments = call.repository.under(int(call.parts["number"]))
    if call.request.query.get("sort", "").startswith("-"):
        comments.reverse()
    return _listed(call, [_comment(each) for each in comments])


def _comment(comment: ShownComment) -> dict[str, Any]:
    return {
        "id": int(comment.id),
        "content": {"raw": re.sub("<!-- (.*) -->", r"[//]: # (\1)", comment.body)},
        "user": account(comment.author),
        "deleted": False,
    }


def _list_permissions(call: Call) -> Answer:
    query = call.request.query.get("q", "")
    if query not in {"", WRITERS_ONLY}:
        raise call.wrong(f"the fake does not understand {query!r}", HTTPStatus.BAD_REQUEST)
    permissions = [
        {"user": account(login), "permission": "write" if may_write else "read"}
        for login, may_write in call.repository.members.items()
        if may_write or not query
    ]
    return _listed(call, permissions)


def _listed(call: Call, items: Sequence[Any]) -> Answer:
    page, number = call.page(items, size="pagelen"), int(call.request.query.get("page", "1"))
    answer = {"values": page, "page": number, "size": len(items)}
    if page and page[-1] is not items[-1]:
        answer["next"] = f"https://elsewhere.invalid/?page={number + 1}"  # nobody may follow it
    return answered(answer)


FAKE = FakeProvider(
    api_path=API,
    routes=(
        Route("GET", f"{API}/user", _user),
        Route("GET", COMMIT, _commit),
        Route("POST", f"{COMMIT}/statuses/build", _put_status),
        Route("GET", f"{COMMIT}/statuses/build/{{key}}", _get_status),
        Route("POST", COMMENTS, _create_comment),
        Route("GET", COMMENTS, _list_comments),
        Route("PUT", f"{COMMENTS}/{{id}}", _edit_comment),
        Route("GET", PERMISSIONS, _list_permissions),
    ),
    login=_login,
    payload=payload,
    headers=headers,
    complaint=lambda message: {"type": "error", "error": {"message": message}},
)
