"""Calls about one repository, with the credential that counts there."""

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

from deltaci.vcs.forge_answers import answered_items
from deltaci.vcs.forge_http import ForgeCall, ForgeHttp
from deltaci.vcs.github.app import GitHubApp
from deltaci.vcs.github.headers import bearer
from deltaci.vcs.port import ForgeGoneError, ForgeRefusedError, Place
from deltaci.vcs.webhook_body import dig

PAGE_LENGTH = 10
"""Few at a time: whoever writes the longest texts must not make a page larger than we read."""
PAGES_MAX = 50


class GitHubCalls:
    """A repository's own token counts before the App, and the App before the token for all."""

    def __init__(self, http: ForgeHttp, app: GitHubApp | None, token: str) -> None:
        self._http = http
        self._app = app
        self._token = token

    def app(self, place: Place) -> GitHubApp | None:
        """Return the App if it is as the App that we act there."""
        return None if place.token else self._app

    def plain_token(self, place: Place) -> str:
        """Return the token that counts there without an App; empty for none."""
        return place.token or self._token

    async def call(
        self,
        place: Place,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Any:
        """Return the answer's JSON. Raises the port's errors."""
        token = await self._credential(place)
        try:
            return await self._send(token, method, path, body, params)
        except ForgeRefusedError as error:
            app = self.app(place)
            if error.status != HTTPStatus.UNAUTHORIZED or app is None:
                raise
            # An installation's token may be withdrawn before its time; a new one is as good.
            app.forget(token)
        return await self._send(await self._credential(place), method, path, body, params)

    async def create(self, place: Place, path: str, body: Any) -> Any:
        """Make something new. A 404 is a refusal then: nothing of ours is gone."""
        try:
            return await self.call(place, "POST", path, body)
        except ForgeGoneError as error:
            raise ForgeRefusedError(error.message, error.status) from error

    async def items(
        self, place: Place, path: str, params: Mapping[str, str | int], *within: str
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Yield what a list has, page by page and up to a bound; `within` leads to the list."""
        for number in range(1, PAGES_MAX + 1):
            page = {**params, "per_page": PAGE_LENGTH, "page": number}
            answer = await self.call(place, "GET", path, params=page)
            found = list(answered_items(dig(answer, *within)))
            for each in found:
                yield each
            if len(found) < PAGE_LENGTH:
                return

    async def _credential(self, place: Place) -> str:
        app = self.app(place)
        token = await app.token(place.full_name) if app else self.plain_token(place)
        if not token:
            raise ForgeRefusedError(
                f"there is no token for {place.full_name}: give it one, "
                "or set DELTA_CI_GITHUB_TOKEN, or DELTA_CI_GITHUB_APP_ID and its key"
            )
        return token

    async def _send(
        self, token: str, method: str, path: str, body: Any, params: Mapping[str, str | int] | None
    ) -> Any:
        return await self._http.call(ForgeCall(method, path, bearer(token), body, params or {}))
