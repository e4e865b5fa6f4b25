"""Comments under pull requests, which are issues to this part of GitHub's API."""

from collections.abc import Hashable
from typing import Any

from cachetools import LRUCache

from deltaci.vcs.forge_answers import answered_id
from deltaci.vcs.forge_paths import quoted, repository_path
from deltaci.vcs.forge_texts import cut_markdown
from deltaci.vcs.github.calls import GitHubCalls
from deltaci.vcs.port import Place
from deltaci.vcs.webhook_body import dig

BODY_MAX_BYTES = 65_536
ACCOUNTS_MAX = 1000


class Comments:
    """Writes and finds comments of our own account."""

    def __init__(self, calls: GitHubCalls) -> None:
        self._calls = calls
        self._accounts: LRUCache[Hashable, str] = LRUCache(ACCOUNTS_MAX)

    async def write(self, place: Place, number: int, body: str, comment_id: str | None) -> str:
        """See the port."""
        issues = f"{repository_path(place.full_name)}/issues"
        content = {"body": cut_markdown(body, BODY_MAX_BYTES)}
        if comment_id is None:
            path = f"{issues}/{number}/comments"
            return answered_id(await self._calls.create(place, path, content))
        path = f"{issues}/comments/{quoted(comment_id)}"
        return answered_id(await self._calls.call(place, "PATCH", path, content))

    async def find(self, place: Place, number: int, marker: str) -> str | None:
        """See the port. Anybody may paste our marker, so only its author makes a comment ours."""
        path = f"{repository_path(place.full_name)}/issues/{number}/comments"
        async for comment in self._calls.items(place, path, {}):
            found = marker in str(comment.get("body")) and await self._is_ours(place, comment)
            if found:
                return answered_id(comment)
        return None

    async def _is_ours(self, place: Place, comment: Any) -> bool:
        """Whether we wrote it.

        An App writes as `<slug>[bot]`, a login that nobody can register. Its number beside the
        comment would not do: people have it there too who write through the App. Of people's
        accounts the number counts, because a login can be given up and taken by somebody else.
        """
        app = self._calls.app(place)
        if app:
            return bool(dig(comment, "user", "login") == f"{await app.slug()}[bot]")
        token = self._calls.plain_token(place)
        if token not in self._accounts:
            self._accounts[token] = answered_id(await self._calls.call(place, "GET", "/user"))
        return str(dig(comment, "user", "id")) == self._accounts[token]
