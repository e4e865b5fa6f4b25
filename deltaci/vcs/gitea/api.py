"""What we tell Gitea and Forgejo: commit statuses and comments."""

from typing import Any

from deltaci.vcs.commit_status import status_line, status_name
from deltaci.vcs.forge_answers import answered_id, answered_items
from deltaci.vcs.forge_caller import ForgeCaller
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.forge_paths import quoted, repository_path
from deltaci.vcs.forge_texts import cut_markdown
from deltaci.vcs.port import (
    Check,
    ForgeGoneError,
    ForgeRefusedError,
    GitCredential,
    Place,
    Verdict,
)
from deltaci.vcs.webhook_body import dig, short_text

STATES = {
    Verdict.QUEUED: "pending",
    Verdict.RUNNING: "pending",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failure",
    Verdict.CANCELLED: "error",
    Verdict.TIMED_OUT: "failure",
    # Not `skipped`: older servers do not know it, and a required status must not wait for ever.
    Verdict.SKIPPED: "success",
}
COMMENT_MAX_BYTES = 65_535
PAGE_LENGTH = 50
"""The most that a server in its default configuration returns at once."""
PAGES_MAX = 10
WRITERS = frozenset({"write", "admin", "owner"})
GIT_USERNAME = "oauth2"
SETTING = "DELTA_CI_GITEA_TOKEN"


class GiteaApi:
    """Implements `deltaci.vcs.port.ForgeApi`."""

    def __init__(self, http: ForgeHttp, token: str) -> None:
        self._caller = ForgeCaller(http, token, _credential, SETTING)

    async def publish(
        self,
        place: Place,
        check: Check,
        external_id: str | None,  # noqa: ARG002  statuses are added, never changed
    ) -> str:
        """See the port. The newest status of a context is the one that counts."""
        path = f"{repository_path(place.full_name)}/statuses/{quoted(check.commit_sha)}"
        return await self._create(place, path, _status(check))

    def stands_apart(self, external_id: str) -> bool:  # noqa: ARG002 - the port's signature
        """See the port. A status of a name stands for the commit."""
        return False

    async def find_check(self, place: Place, check: Check) -> str | None:
        """See the port. The address that a status leads to is what tells runs apart."""
        path = f"{repository_path(place.full_name)}/statuses/{quoted(check.commit_sha)}"
        wanted = _status(check)
        for page in range(1, PAGES_MAX + 1):
            answer = await self._caller.call(place, "GET", path, page=page, limit=PAGE_LENGTH)
            statuses = list(answered_items(answer))
            for status in statuses:
                if all(status.get(key) == wanted[key] for key in ("context", "target_url")):
                    return answered_id(status)
            if not statuses:
                break
        return None

    async def write_comment(
        self, place: Place, number: int, body: str, comment_id: str | None
    ) -> str:
        """See the port."""
        issues = f"{repository_path(place.full_name)}/issues"
        message = {"body": cut_markdown(body, COMMENT_MAX_BYTES)}
        if comment_id is None:
            return await self._create(place, f"{issues}/{number}/comments", message)
        path = f"{issues}/comments/{quoted(comment_id)}"
        return answered_id(await self._caller.call(place, "PATCH", path, message))

    async def find_comment(self, place: Place, number: int, marker: str) -> str | None:
        """See the port. Others may write our marker; only what our own account wrote is ours."""
        path = f"{repository_path(place.full_name)}/issues/{number}/comments"
        mine = await self._caller.account(place, "id")
        for comment in answered_items(await self._caller.call(place, "GET", path)):
            if str(dig(comment, "user", "id")) == mine and marker in str(comment.get("body")):
                return answered_id(comment)
        return None

    async def may_write(self, place: Place, login: str) -> bool:
        """See the port."""
        collaborator = f"{repository_path(place.full_name)}/collaborators/{quoted(login)}"
        try:
            answer = await self._caller.call(place, "GET", f"{collaborator}/permission")
        except ForgeGoneError:
            return False
        return short_text(answer, "permission") in WRITERS

    async def git_credential(self, place: Place) -> GitCredential | None:
        """See the port. Any name will do where the password is a token."""
        return self._caller.git_credential(place, GIT_USERNAME)

    async def _create(self, place: Place, path: str, body: Any) -> str:
        """Make something new. A 404 is a refusal then: nothing of ours is gone."""
        try:
            return answered_id(await self._caller.call(place, "POST", path, body))
        except ForgeGoneError as error:
            raise ForgeRefusedError(error.message, error.status) from error


def _credential(token: str) -> dict[str, str]:
    return {"Authorization": f"token {token}"}


def _status(check: Check) -> dict[str, str]:
    return {
        "state": STATES[check.verdict],
        "context": status_name(check),
        "description": status_line(check),
        "target_url": check.url,
    }
