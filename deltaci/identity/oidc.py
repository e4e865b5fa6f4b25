"""Tokens of an OIDC issuer: ID tokens and access tokens that it signed for us."""

from datetime import timedelta
from typing import Any

import httpx2
import jwt

from deltaci.clock import Clock
from deltaci.errors import UnauthorizedError
from deltaci.identity.claims import Claims, principal_of, require_admitted, require_current
from deltaci.identity.key_sets import KeySet, KeyTimes
from deltaci.identity.principal import Principal
from deltaci.identity.public_keys import PublicKey
from deltaci.identity.published_keys import PublishedKeys
from deltaci.identity.refusal import NOT_VALID
from deltaci.oidc_settings import OidcIssuerSettings, OidcSettings

REQUIRED = ["exp", "iss", "sub", "aud"]


class OidcIssuer:
    """Verifies what one issuer signed, with the one algorithm that it is known to use."""

    def __init__(
        self, settings: OidcIssuerSettings, keys: KeySet, skew: timedelta, clock: Clock
    ) -> None:
        self.name = settings.issuer
        self._settings = settings
        self._keys = keys
        self._skew = skew
        self._clock = clock

    async def verify(self, token: str) -> Principal:
        """Return whom the token is for.

        Raises UnauthorizedError, never saying more than that, and UnavailableError when the
        issuer's keys cannot be had, so that nothing is known about the token.
        """
        try:
            key = await self._keys.find(self._kid(token))
            if key is None:
                raise UnauthorizedError(NOT_VALID)
            claims = self._signed_claims(token, key)
            require_current(claims, self._clock(), self._skew)
            require_admitted(claims, self._settings)
            return principal_of(claims, self._settings)
        except (jwt.InvalidTokenError, ValueError) as error:
            raise UnauthorizedError(NOT_VALID) from error

    async def close(self) -> None:
        """Stop asking for keys."""
        await self._keys.close()

    def _kid(self, token: str) -> str:
        """Return which key the token names; one of another algorithm is not worth a look."""
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header.get("alg") != self._settings.algorithm or not isinstance(kid, str):
            raise UnauthorizedError(NOT_VALID)
        return kid

    def _signed_claims(self, token: str, key: PublicKey) -> Claims:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[self._settings.algorithm],
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            options={
                "require": REQUIRED,
                "verify_exp": False,  # times are judged by the clock that we were given
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        return claims


def oidc_issuers(
    settings: OidcSettings, http: httpx2.AsyncClient, clock: Clock
) -> tuple[OidcIssuer, ...]:
    """Build what verifies the tokens of each issuer of the settings."""
    times = KeyTimes(
        refresh=timedelta(seconds=settings.keys_cache_seconds),
        keep=timedelta(seconds=settings.keys_keep_seconds),
        cooldown=timedelta(seconds=settings.cooldown_seconds),
    )
    skew = timedelta(seconds=settings.clock_skew_seconds)

    def build(issuer: OidcIssuerSettings) -> OidcIssuer:
        published = PublishedKeys(issuer, http, settings.timeout_seconds)
        keys = KeySet(issuer.issuer, published.fetch, times, clock)
        return OidcIssuer(issuer, keys, skew, clock)

    return tuple(map(build, settings.issuers))
