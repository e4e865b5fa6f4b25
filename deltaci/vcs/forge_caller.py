"""Calls to a forge that knows tokens only: with the one of the repository, or else the one for all.

GitHub's Apps need more than this.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from deltaci.vcs.forge_answers import answered_id
from deltaci.vcs.forge_http import ForgeCall, ForgeHttp
from deltaci.vcs.port import ForgeRefusedError, ForgeUnavailableError, GitCredential, Place


class ForgeCaller:
    """Calls on behalf of a place.

    `headers` makes a token the credential of a request; `setting` names where the one for all
    comes from.
    """

    def __init__(
        self,
        http: ForgeHttp,
        token: str,
        headers: Callable[[str], Mapping[str, str]],
        setting: str,
    ) -> None:
        self._http = http
        self._token = token
        self._headers = headers
        self._setting = setting
        self._accounts: dict[str, str] = {}

    async def call(
        self, place: Place, method: str, path: str, body: Any = None, **params: str | int
    ) -> Any:
        """Return the answer's JSON.

        Raises ForgeRefusedError when there is no token, and otherwise the port's errors; another
        change at the same moment is none that lasts.
        """
        token = self._token_of(place)
        if not token:
            raise ForgeRefusedError(
                f"there is no token for {place.full_name}: give it one, or set {self._setting}"
            )
        try:
            return await self._http.call(
                ForgeCall(method, path, self._headers(token), body, params)
            )
        except ForgeRefusedError as refused:
            if refused.status == httpx2.codes.CONFLICT:
                raise ForgeUnavailableError(refused.message) from refused
            raise

    async def account(self, place: Place, field: str) -> str:
        """Return this field of the account that the place's token belongs to; asked for once."""
        token = self._token_of(place)
        if token not in self._accounts:
            self._accounts[token] = answered_id(await self.call(place, "GET", "/user"), field)
        return self._accounts[token]

    def git_credential(self, place: Place, username: str) -> GitCredential | None:
        """Return the place's token as git sends it."""
        token = self._token_of(place)
        return GitCredential(username, token) if token else None

    def _token_of(self, place: Place) -> str:
        return place.token or self._token
