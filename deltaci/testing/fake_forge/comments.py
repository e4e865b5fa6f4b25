"""What happens to comments on every fake forge, however it words its requests."""

from http import HTTPStatus

from deltaci.testing.fake_forge.provider import Call, RefusalError
from deltaci.testing.fake_forge.state import ShownComment


def write_comment(call: Call, body: str) -> ShownComment:
    """Write a comment under the pull request that the path names."""
    if not body:
        raise call.wrong("a comment must say something", HTTPStatus.BAD_REQUEST)
    comment = ShownComment(call.state.next_id(), int(call.parts["number"]), call.login, body)
    call.repository.comments.append(comment)
    return comment


def edit_comment(call: Call, body: str) -> ShownComment:
    """Write another text in place of the comment that the path names."""
    for comment in call.repository.comments:
        # Not every forge's path names the pull request, too.
        elsewhere = call.parts.get("number", str(comment.number)) != str(comment.number)
        if comment.id == call.parts["id"] and not elsewhere:
            if comment.author != call.login:
                raise call.wrong("somebody else's comment", HTTPStatus.FORBIDDEN)
            comment.body, comment.edits = body, comment.edits + 1
            return comment
    raise RefusalError(HTTPStatus.NOT_FOUND, "no such comment")
