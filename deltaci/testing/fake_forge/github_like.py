"""What GitHub has, and Gitea has copied: commit statuses, comments, people's permissions."""

import zlib
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge.comments import edit_comment, write_comment
from deltaci.testing.fake_forge.provider import Call, RefusalError, answered
from deltaci.testing.fake_forge.state import ShownCheck, ShownComment
from deltaci.testing.http_stub import Answer
from deltaci.vcs.port import Verdict

BODY_MAX_LENGTH = 65_536


def user(login: str) -> dict[str, Any]:
    """Return an account as every document shows it."""
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"id": zlib.crc32(login.encode()), "login": login, "type": kind}


def shown_status(call: Call, context: str, sha: str, url: str) -> ShownCheck:
    """Return the check that a status belongs to; another address means another run."""
    for each in call.repository.named(context, sha):
        if each.url == url:
            return each
    made = ShownCheck("", context, sha, Verdict.QUEUED, url=url)
    call.repository.checks.append(made)
    return made


def create_comment(call: Call) -> Answer:
    """Write a comment under an issue or a pull request."""
    return answered(_comment(write_comment(call, _text(call))), HTTPStatus.CREATED)


def change_comment(call: Call) -> Answer:
    """Write another text in place of a comment's."""
    return answered(_comment(edit_comment(call, _text(call))))


def _text(call: Call) -> str:
    body: str = call.fields(body=str)["body"]
    if len(body) > BODY_MAX_LENGTH:
        raise call.wrong("the comment is too long")
    return body


def permission(call: Call) -> Answer:
    """Say what a person may do."""
    login = call.parts["login"]
    if login not in call.repository.members:
        raise RefusalError(HTTPStatus.NOT_FOUND, "user does not exist")
    found = "write" if call.repository.members[login] else "read"
    return answered({"permission": found, "role_name": found, "user": user(login)})


def comments(call: Call) -> list[dict[str, Any]]:
    """Return the documents of all comments under an issue, oldest first."""
    return [_comment(each) for each in call.repository.under(int(call.parts["number"]))]


def _comment(comment: ShownComment) -> dict[str, Any]:
    return {"id": int(comment.id), "body": comment.body, "user": user(comment.author)}
