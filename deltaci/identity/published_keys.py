"""Asking an issuer for its keys: where its discovery document, or a setting, says."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx2

from deltaci.identity.public_keys import PublicKey, usable_keys
from deltaci.oidc_settings import OidcIssuerSettings, require_address
from deltaci.outgoing_http import AnswerTooLargeError, exchange

DOCUMENT_MAX_BYTES = 256 * 1024
DISCOVERY_PATH = "/.well-known/openid-configuration"


class IssuerError(Exception):
    """The issuer cannot be asked, or what it says makes no sense."""


class PublishedKeys:
    """Fetches the keys of one issuer; remembers where they are until they are not there."""

    def __init__(
        self, settings: OidcIssuerSettings, http: httpx2.AsyncClient, timeout_seconds: float
    ) -> None:
        self._settings = settings
        self._http = http
        self._timeout_seconds = timeout_seconds
        self._keys_url = settings.jwks_url

    async def fetch(self) -> Mapping[str, PublicKey]:
        """Return the keys that count, by their id. Raises IssuerError."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._fetch()
        except (httpx2.HTTPError, TimeoutError) as error:
            raise IssuerError(f"it cannot be reached ({type(error).__name__})") from error

    async def _fetch(self) -> Mapping[str, PublicKey]:
        url = self._keys_url or await self._discover()
        self._keys_url = self._settings.jwks_url  # what was discovered may be there no longer
        document = await self._document(url)
        try:
            keys = usable_keys(document, self._settings.algorithm)
        except ValueError as error:
            raise IssuerError(f"its keys cannot be read: {error}") from error
        self._keys_url = url
        return keys

    async def _discover(self) -> str:
        """Return where the keys are. The document must be the issuer's own, by its exact name."""
        issuer = self._settings.issuer
        document = await self._document(issuer.rstrip("/") + DISCOVERY_PATH)
        if not isinstance(document, dict) or document.get("issuer") != issuer:
            raise IssuerError("its discovery document names another issuer")
        url = str(document.get("jwks_uri"))
        try:
            require_address(url, allow_http=self._settings.allow_http, like=issuer)
        except ValueError as error:
            raise IssuerError(f"its discovery document's jwks_uri {error}") from error
        return url

    async def _document(self, url: str) -> Any:
        try:
            answer = await exchange(
                self._http, self._http.build_request("GET", url), DOCUMENT_MAX_BYTES
            )
        except AnswerTooLargeError as error:
            raise IssuerError(f"it answered more than {DOCUMENT_MAX_BYTES} bytes") from error
        except httpx2.InvalidURL as error:
            raise IssuerError("its keys have no address") from error
        if answer.status != httpx2.codes.OK:
            raise IssuerError(f"it answered {answer.status}")
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise IssuerError("its answer is not JSON") from error
