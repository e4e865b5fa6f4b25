"""What we tell Bitbucket Cloud, and ask it: build statuses, comments, permissions, commits."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from deltaci.vcs.bitbucket.markers import hidden
from deltaci.vcs.bitbucket.paths import (
    comments_path,
    commit_path,
    permissions_path,
)
from deltaci.vcs.bitbucket.statuses import status_body
from deltaci.vcs.forge_answers import answered_id, answered_items
from deltaci.vcs.forge_caller import ForgeCaller
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.forge_paths import quoted
from deltaci.vcs.forge_texts import cut_markdown
from deltaci.vcs.git_names import is_object_id
from deltaci.vcs.port import (
    Check,
    ForgeGoneError,
    ForgeRefusedError,
    ForgeUnavailableError,
    GitCredential,
    Place,
)
from deltaci.vcs.webhook_body import dig

COMMENT_MAX_BYTES = 32_768
PAGE_LENGTH = 50
PAGES_MAX = 20
WRITERS = frozenset({"write", "admin"})


class BitbucketApi:
    """Implements `deltaci.vcs.port.ForgeApi` and `CommitLookup`; takes access tokens of any kind.

    `url` is where people find the repositories.
    """

    def __init__(self, http: ForgeHttp, token: str, url: str) -> None:
        self._url = url
        self._caller = ForgeCaller(
            http,
            token,
            lambda token: {"Authorization": f"Bearer {token}"},
            "DELTA_CI_BITBUCKET_TOKEN",
        )

    async def publish(self, place: Place, check: Check, external_id: str | None) -> str:  # noqa: ARG002 - the key says which status it is
        """See the port. The id of a status is its key: the same name replaces it."""
        path = f"{commit_path(place, check.commit_sha)}/statuses/build"
        body = status_body(check, self._page(place, check))
        return answered_id(await self._caller.call(place, "POST", path, body), "key")

    def stands_apart(self, external_id: str) -> bool:  # noqa: ARG002 - the port's signature
        """See the port. A status of a name stands for the commit."""
        return False

    async def find_check(self, place: Place, check: Check) -> str | None:
        """See the port. The address that a status leads to is what tells runs apart."""
        wanted = status_body(check, self._page(place, check))
        path = f"{commit_path(place, check.commit_sha)}/statuses/build/{quoted(wanted['key'])}"
        try:
            shown = await self._caller.call(place, "GET", path)
        except ForgeGoneError:
            return None
        return wanted["key"] if dig(shown, "url") == wanted["url"] else None

    async def write_comment(
        self, place: Place, number: int, body: str, comment_id: str | None
    ) -> str:
        """See the port."""
        path = comments_path(place, number)
        comment = {"content": {"raw": cut_markdown(hidden(body), COMMENT_MAX_BYTES)}}
        if comment_id is None:
            return answered_id(await self._caller.call(place, "POST", path, comment))
        path = f"{path}/{quoted(comment_id)}"
        return answered_id(await self._caller.call(place, "PUT", path, comment))

    async def find_comment(self, place: Place, number: int, marker: str) -> str | None:
        """See the port. Only the latest comments are looked at."""
        mine, hidden_marker = await self._account(place), hidden(marker)
        async for comment in self._listed(place, comments_path(place, number), sort="-created_on"):
            if mine is None:
                return None
            ours = dig(comment, "user", "uuid") == mine
            if ours and hidden_marker in str(dig(comment, "content", "raw")):
                return answered_id(comment)
        return None

    async def may_write(self, place: Place, login: str) -> bool:
        """See the port; `login` is an account's id. We never hand what others wrote to a query."""
        async for each in self._listed(place, permissions_path(place), q='permission>"read"'):
            if dig(each, "user", "account_id") == login:
                return each.get("permission") in WRITERS
        return False

    async def git_credential(self, place: Place) -> GitCredential | None:
        """See the port."""
        return self._caller.git_credential(place, "x-token-auth")

    async def whole_commit(self, place: Place, abbreviation: str) -> str:
        """See the port."""
        answer = await self._caller.call(place, "GET", commit_path(place, abbreviation))
        found = answered_id(answer, "hash")
        if not is_object_id(found) or not found.startswith(abbreviation):
            raise ForgeUnavailableError("the forge answered with another commit")
        return found

    async def _account(self, place: Place) -> str | None:
        """Return whose token it is; None when Bitbucket refuses to say.

        It may do so for access tokens of repositories. No comment is known to be ours then: to
        write it once more is better than to trust somebody else's marker.
        """
        try:
            return await self._caller.account(place, "uuid")
        except ForgeRefusedError:
            return None

    def _page(self, place: Place, check: Check) -> str:
        """Return the commit's own page."""
        return f"{self._url}/{place.full_name}/commits/{check.commit_sha}"

    async def _listed(
        self, place: Place, path: str, **params: str
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Yield what a list has, page by page; where the next page is said to be is not trusted."""
        for page in range(1, PAGES_MAX + 1):
            answer = await self._caller.call(
                place, "GET", path, pagelen=PAGE_LENGTH, page=page, **params
            )
            for each in answered_items(dig(answer, "values")):
                yield each
            if not dig(answer, "next"):
                return
