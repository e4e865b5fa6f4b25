"""What we tell GitLab, and ask it: commit statuses, notes of merge requests, members."""

from collections.abc import Mapping
from typing import Any

from deltaci.vcs.forge_answers import answered_id, answered_items
from deltaci.vcs.forge_caller import ForgeCaller
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.forge_paths import quoted
from deltaci.vcs.forge_texts import cut_markdown
from deltaci.vcs.gitlab.paths import notes_path, project_path
from deltaci.vcs.gitlab.statuses import find_status, publish_status
from deltaci.vcs.port import Check, GitCredential, Place
from deltaci.vcs.webhook_body import dig

DEVELOPER = 30
"""The lowest access level that may push."""
NOTE_MAX_BYTES = 1_000_000
PAGE_LENGTH = 50
PAGES_MAX = 10


class GitLabApi:
    """Implements `deltaci.vcs.port.ForgeApi`; tokens of persons, projects and groups will do."""

    def __init__(self, http: ForgeHttp, token: str) -> None:
        self._caller = ForgeCaller(
            http, token, lambda token: {"PRIVATE-TOKEN": token}, "DELTA_CI_GITLAB_TOKEN"
        )

    async def publish(self, place: Place, check: Check, external_id: str | None) -> str:  # noqa: ARG002 - GitLab finds statuses by name
        """See the port."""
        return await publish_status(self._caller, place, check)

    def stands_apart(self, external_id: str) -> bool:  # noqa: ARG002 - the port's signature
        """See the port. A status of a name stands for the commit."""
        return False

    async def find_check(self, place: Place, check: Check) -> str | None:
        """See the port. GitLab keeps no reference of ours: name, commit and ref must do."""
        found = await find_status(self._caller, place, check)
        return answered_id(found) if found else None

    async def write_comment(
        self, place: Place, number: int, body: str, comment_id: str | None
    ) -> str:
        """See the port."""
        path, note = notes_path(place, number), {"body": cut_markdown(body, NOTE_MAX_BYTES)}
        if comment_id is None:
            return answered_id(await self._caller.call(place, "POST", path, note))
        path = f"{path}/{quoted(comment_id)}"
        return answered_id(await self._caller.call(place, "PUT", path, note))

    async def find_comment(self, place: Place, number: int, marker: str) -> str | None:
        """See the port. Only the latest notes are looked at."""
        user = await self._caller.account(place, "id")
        for page in range(1, PAGES_MAX + 1):
            notes = await self._notes(place, number, page)
            for note in notes:
                if str(dig(note, "author", "id")) == user and marker in str(note.get("body")):
                    return answered_id(note)
            if len(notes) < PAGE_LENGTH:
                break
        return None

    async def may_write(self, place: Place, login: str) -> bool:
        """See the port."""
        path = f"{project_path(place)}/members/all"
        found = await self._caller.call(place, "GET", path, query=login, per_page=PAGE_LENGTH)
        return any(
            each.get("username") == login
            and each.get("state") == "active"
            and isinstance(each.get("access_level"), int)
            and each["access_level"] >= DEVELOPER
            for each in answered_items(found)
        )

    async def git_credential(self, place: Place) -> GitCredential | None:
        """See the port."""
        return self._caller.git_credential(place, "oauth2")

    async def _notes(self, place: Place, number: int, page: int) -> list[Mapping[str, Any]]:
        answer = await self._caller.call(
            place,
            "GET",
            notes_path(place, number),
            order_by="created_at",
            sort="desc",
            per_page=PAGE_LENGTH,
            page=page,
        )
        return list(answered_items(answer))
