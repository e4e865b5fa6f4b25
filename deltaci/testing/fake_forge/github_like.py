"""What GitHub has, and Gitea has copied: commit statuses, comments, people's permissions."""

import zlib
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge.provider import Call, RefusalError, answered
from deltaci.testing.fake_forge.state import ShownCheck, ShownComment
from deltaci.testing.http_stub import Answer
from deltaci.vcs.port import Verdict


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
    body = call.fields(body=str)
    if not body.get("body"):
        raise call.wrong("body is missing")
    number = int(call.parts["number"])
    comment = ShownComment(call.state.next_id(), number, call.login, body["body"])
    call.repository.comments.append(comment)
    return answered(_comment(comment), HTTPStatus.CREATED)


def edit_comment(call: Call) -> Answer:
    """Write another text in place of a comment's."""
    body = call.fields(body=str)
    for comment in call.repository.comments:
        if comment.id == call.parts["id"]:
            if comment.author != call.login:
                raise call.wrong("somebody else's comment", HTTPStatus.FORBIDDEN)
            comment.body, comment.edits = body["body"], comment.edits + 1
            return answered(_comment(comment))
    raise RefusalError(HTTPStatus.NOT_FOUND, "no such comment")


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
