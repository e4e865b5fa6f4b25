"""A GitHub App: tokens of its installations, each for an hour, and who it is."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from cachetools import TTLCache

from deltaci.clock import Clock
from deltaci.vcs.forge_answers import answered_id
from deltaci.vcs.forge_http import ForgeCall, ForgeHttp
from deltaci.vcs.forge_paths import quoted, repository_path
from deltaci.vcs.github.app_key import AppKey
from deltaci.vcs.github.headers import bearer
from deltaci.vcs.github.kept_tokens import KeptTokens, MintedToken
from deltaci.vcs.port import ForgeGoneError, ForgeRefusedError, ForgeUnavailableError

INSTALLATIONS_MAX = 10_000
INSTALLATION_SECONDS = 3600
ONLY_READ = {"contents": "read"}


class GitHubApp:
    """Mints tokens for the repositories that the App is installed for."""

    def __init__(self, http: ForgeHttp, key: AppKey, installation_id: str, clock: Clock) -> None:
        """`installation_id` is that of all repositories; empty asks for each one's."""
        self._http = http
        self._key = key
        self._clock = clock
        self._only_installation = installation_id
        self._installations: TTLCache[str, str] = TTLCache(
            INSTALLATIONS_MAX, INSTALLATION_SECONDS, timer=lambda: clock().timestamp()
        )
        self._tokens = KeptTokens(clock)
        self._slug = ""

    async def token(self, full_name: str) -> str:
        """Return a token with all that the App may do where it is installed."""
        return await self._token(full_name, "", {})

    async def git_token(self, full_name: str) -> str:
        """Return a token that can only read this repository's contents."""
        name = full_name.partition("/")[2]
        return await self._token(
            full_name, full_name.lower(), {"repositories": [name], "permissions": ONLY_READ}
        )

    def forget(self, token: str) -> None:
        """Drop a token that GitHub does not accept any more."""
        self._tokens.forget(token)

    async def slug(self) -> str:
        """Return the name that nobody else has; it writes comments as `<slug>[bot]`."""
        if not self._slug:
            self._slug = answered_id(await self._ask("GET", "/app"), "slug")
        return self._slug

    async def _token(self, full_name: str, only: str, limits: Mapping[str, Any]) -> str:
        known = self._installations.get(full_name)
        if known:
            # Whoever installs the App anew has another installation than the one we knew.
            with suppress(ForgeGoneError):
                return await self._token_of(known, only, limits)
        try:
            return await self._token_of(await self._installation(full_name), only, limits)
        except ForgeGoneError as error:
            raise ForgeRefusedError(
                f"the GitHub App is not installed for {full_name}: {error.message}"
            ) from error

    async def _installation(self, full_name: str) -> str:
        if self._only_installation:
            return self._only_installation
        answer = await self._ask("GET", f"{repository_path(full_name)}/installation")
        found = self._installations[full_name] = answered_id(answer)
        return found

    async def _token_of(self, installation: str, only: str, limits: Mapping[str, Any]) -> str:
        path = f"/app/installations/{quoted(installation)}/access_tokens"

        async def mint() -> MintedToken:
            return _minted(await self._ask("POST", path, limits))

        return await self._tokens.get((installation, only), mint)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = bearer(self._key.sign(self._clock()))
        return await self._http.call(ForgeCall(method, path, headers, body))


def _minted(answer: Any) -> MintedToken:
    text = answered_id(answer, "token")
    try:
        expires_at = datetime.fromisoformat(answered_id(answer, "expires_at"))
    except ValueError as error:
        raise ForgeUnavailableError("the forge's token ends at no time") from error
    return MintedToken(text, expires_at)
