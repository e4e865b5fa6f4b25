"""What we tell GitHub, and ask it."""

from http import HTTPStatus

from cachetools import TTLCache

from deltaci.clock import Clock
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.forge_paths import quoted, repository_path
from deltaci.vcs.github.app import GitHubApp
from deltaci.vcs.github.calls import GitHubCalls
from deltaci.vcs.github.check_runs import CheckRuns
from deltaci.vcs.github.comments import Comments
from deltaci.vcs.github.statuses import PREFIX as STATUS
from deltaci.vcs.github.statuses import CommitStatuses
from deltaci.vcs.port import Check, ForgeGoneError, ForgeRefusedError, GitCredential, Place
from deltaci.vcs.webhook_body import dig

MAY_WRITE = ("admin", "maintain", "write")
GIT_USERNAME = "x-access-token"
PLACES_MAX = 10_000
STATUSES_SECONDS = 3600
"""How long we rely on check runs being forbidden; somebody may give us an App meanwhile."""


class GitHubApi:
    """Implements `deltaci.vcs.port.ForgeApi`."""

    def __init__(self, http: ForgeHttp, *, app: GitHubApp | None, token: str, clock: Clock) -> None:
        self._calls = GitHubCalls(http, app, token)
        self._check_runs = CheckRuns(self._calls)
        self._statuses = CommitStatuses(self._calls)
        self._comments = Comments(self._calls)
        self._only_statuses: TTLCache[Place, bool] = TTLCache(
            PLACES_MAX, STATUSES_SECONDS, timer=lambda: clock().timestamp()
        )

    async def publish(self, place: Place, check: Check, external_id: str | None) -> str:
        """See the port. Where check runs are forbidden to us, a commit status stands for one."""
        if self._is_status(place, external_id):
            return await self._statuses.publish(place, check)
        try:
            return await self._check_runs.publish(place, check, external_id)
        except ForgeRefusedError as error:
            if not self._is_forbidden(place, error, external_id):
                raise
        status = await self._statuses.publish(place, check)
        self._only_statuses[place] = True
        return status

    def stands_apart(self, external_id: str) -> bool:
        """See the port. Check runs do: GitHub shows the one that was made last."""
        return not external_id.startswith(STATUS)

    async def find_check(self, place: Place, check: Check) -> str | None:
        """See the port."""
        if self._is_status(place, None):
            return await self._statuses.find(place, check)
        try:
            found = await self._check_runs.find(place, check)
        except ForgeRefusedError as error:
            if not self._is_forbidden(place, error, None):
                raise
            return await self._statuses.find(place, check)
        if found is None and self._calls.app(place) is None:
            return await self._statuses.find(place, check)
        return found

    async def write_comment(
        self, place: Place, number: int, body: str, comment_id: str | None
    ) -> str:
        """See the port."""
        return await self._comments.write(place, number, body, comment_id)

    async def find_comment(self, place: Place, number: int, marker: str) -> str | None:
        """See the port."""
        return await self._comments.find(place, number, marker)

    async def may_write(self, place: Place, login: str) -> bool:
        """See the port."""
        collaborator = f"{repository_path(place.full_name)}/collaborators/{quoted(login)}"
        try:
            answer = await self._calls.call(place, "GET", f"{collaborator}/permission")
        except ForgeGoneError:
            return False
        return dig(answer, "permission") in MAY_WRITE

    async def git_credential(self, place: Place) -> GitCredential | None:
        """See the port. An App's is good for reading this one repository, and for an hour."""
        app = self._calls.app(place)
        password = await app.git_token(place.full_name) if app else self._calls.plain_token(place)
        return GitCredential(GIT_USERNAME, password) if password else None

    def _is_status(self, place: Place, external_id: str | None) -> bool:
        if (external_id or "").startswith(STATUS):
            return True
        return place in self._only_statuses and not self._is_our_run(place, external_id)

    def _is_our_run(self, place: Place, external_id: str | None) -> bool:
        """Whether this is a check run that we made as the App that we are.

        It has to be brought to its end: no status beside it would let a required check pass.
        """
        return external_id is not None and self._calls.app(place) is not None

    def _is_forbidden(
        self, place: Place, error: ForgeRefusedError, external_id: str | None
    ) -> bool:
        """Whether it is check runs that we may not make, rather than this one."""
        if error.status == HTTPStatus.FORBIDDEN:
            return not self._is_our_run(place, external_id)
        # GitHub hides what a token may not do, but an App would know.
        hidden = error.status == HTTPStatus.NOT_FOUND and external_id is None
        return hidden and self._calls.app(place) is None
