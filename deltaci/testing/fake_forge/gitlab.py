"""GitLab, as far as Delta CI speaks with it."""

import zlib
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge.comments import edit_comment, write_comment
from deltaci.testing.fake_forge.gitlab_payloads import headers, payload
from deltaci.testing.fake_forge.provider import Call, FakeProvider, RefusalError, Route, answered
from deltaci.testing.fake_forge.state import ForgeState, ShownCheck, ShownComment
from deltaci.testing.http_stub import Answer, Request
from deltaci.vcs.port import Verdict

API = "/api/v4"
PROJECT = f"{API}/projects/{{full_name}}"
NOTES = f"{PROJECT}/merge_requests/{{number}}/notes"
TEXT_MAX_LENGTH = 255
NOTE_MAX_LENGTH = 1_000_000
DEVELOPER, REPORTER = 30, 20
VERDICTS = {
    "created": Verdict.QUEUED,
    "pending": Verdict.QUEUED,
    "running": Verdict.RUNNING,
    "success": Verdict.SUCCESS,
    "failed": Verdict.FAILURE,
    "canceled": Verdict.CANCELLED,
    "skipped": Verdict.SKIPPED,
}
TRANSITIONS = {
    "pending": ("enqueue", {"created"}),
    "running": ("run", {"created", "pending"}),
    "success": ("success", {"created", "pending", "running"}),
    "failed": ("drop", {"created", "pending", "running"}),
    "canceled": ("cancel", {"created", "pending", "running"}),
    "skipped": ("skip", {"created", "pending"}),
}
"""By state: the event that leads to it, and where from; anything else is refused."""


def _login(state: ForgeState, request: Request) -> str | None:
    return state.accounts.get(request.headers.get("private-token", ""))


def _user(call: Call) -> Answer:
    return answered(_account(call.login))


def _account(login: str) -> dict[str, Any]:
    return {"id": zlib.crc32(login.encode()), "username": login, "state": "active"}


def _create_status(call: Call) -> Answer:
    body = call.fields(state=str, name=str, description=str, target_url=str, ref=str)
    if not call.repository.has_commit(call.parts["sha"]):
        raise call.wrong("404 Commit Not Found", HTTPStatus.NOT_FOUND)
    _require_sound(call, body)
    shown = _unfinished(call, body)
    _require_transition(shown, body["state"])
    shown.url, shown.title = body.get("target_url", ""), body.get("description", "")
    if shown not in call.repository.checks:
        call.repository.checks.append(shown)
    call.state.move(shown, VERDICTS[body["state"]], body["state"])
    return answered(_status(shown), HTTPStatus.CREATED)


def _require_sound(call: Call, body: dict[str, Any]) -> None:
    if body.get("state") not in TRANSITIONS:
        raise call.wrong("state does not have a valid value", HTTPStatus.BAD_REQUEST)
    if body.get("ref", "").startswith(("refs/heads/", "refs/tags/")):
        raise call.wrong("branches and tags go by their short name", HTTPStatus.BAD_REQUEST)
    if not body.get("target_url", "http://").startswith(("http://", "https://")):
        raise call.wrong("target_url is blocked", HTTPStatus.BAD_REQUEST)
    for name, value in body.items():
        if len(value) > TEXT_MAX_LENGTH:
            raise call.wrong(f"{name} is too long", HTTPStatus.BAD_REQUEST)


def _unfinished(call: Call, body: dict[str, Any]) -> ShownCheck:
    """Return the status that is to be moved; what has ended stays, and a new one begins beside it.

    That another run's begins is as it should be; that its own end is told twice is not.
    """
    name, sha, url = body.get("name", "default"), call.parts["sha"], body.get("target_url", "")
    for newest in reversed(call.repository.named(name, sha)):
        if not newest.verdict.is_final:
            return newest
        if url and url == newest.url:
            call.wrong(f"{name} has ended as {newest.states[-1]}, and begins again")
        break
    return ShownCheck(call.state.next_id(), name, sha, Verdict.QUEUED)


def _require_transition(shown: ShownCheck, state: str) -> None:
    event, origins = TRANSITIONS[state]
    before = shown.states[-1] if shown.states else "created"
    if before not in origins:
        refused = f"Cannot transition status via :{event} from :{before}"
        reason = f'(Reason(s): Status cannot transition via "{event}")'
        raise RefusalError(HTTPStatus.BAD_REQUEST, f"{refused} {reason}")


def _list_statuses(call: Call) -> Answer:
    newest = {
        each.name: each
        for each in call.repository.checks
        if each.commit_sha == call.parts["sha"]
        and each.name == call.request.query.get("name", each.name)
    }
    return answered([_status(each) for each in call.page([*newest.values()], size="per_page")])


def _status(shown: ShownCheck) -> dict[str, Any]:
    return {
        "id": int(shown.id),
        "sha": shown.commit_sha,
        "status": shown.states[-1],
        "name": shown.name,
        "description": shown.title or None,
        "target_url": shown.url or None,
    }


def _create_note(call: Call) -> Answer:
    return answered(_note(write_comment(call, _text(call))), HTTPStatus.CREATED)


def _edit_note(call: Call) -> Answer:
    return answered(_note(edit_comment(call, _text(call))))


def _text(call: Call) -> str:
    text: str = call.fields(body=str).get("body", "")
    if len(text) > NOTE_MAX_LENGTH:
        raise call.wrong("the note is too long", HTTPStatus.BAD_REQUEST)
    return text


def _list_notes(call: Call) -> Answer:
    notes = call.repository.under(int(call.parts["number"]))
    if call.request.query.get("sort", "desc") == "desc":
        notes.reverse()
    return answered([_note(each) for each in call.page(notes, size="per_page")])


def _note(note: ShownComment) -> dict[str, Any]:
    author = _account(note.author)
    return {"id": int(note.id), "body": note.body, "author": author, "system": False}


def _list_members(call: Call) -> Answer:
    query = call.request.query.get("query", "")
    members = [
        _account(login) | {"access_level": DEVELOPER if may_write else REPORTER}
        for login, may_write in call.repository.members.items()
        if query.lower() in login.lower()
    ]
    return answered(call.page(members, size="per_page"))


FAKE = FakeProvider(
    api_path=API,
    routes=(
        Route("GET", f"{API}/user", _user),
        Route("POST", f"{PROJECT}/statuses/{{sha}}", _create_status),
        Route("GET", f"{PROJECT}/repository/commits/{{sha}}/statuses", _list_statuses),
        Route("POST", NOTES, _create_note),
        Route("GET", NOTES, _list_notes),
        Route("PUT", f"{NOTES}/{{id}}", _edit_note),
        Route("GET", f"{PROJECT}/members/all", _list_members),
    ),
    login=_login,
    payload=payload,
    headers=headers,
)
