"""Who a token is for, whoever of those that count has signed it."""

import re

import jwt

from deltaci.clock import Clock, utc_now
from deltaci.errors import UnauthorizedError
from deltaci.identity.oidc import oidc_issuers
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.refusal import NOT_VALID
from deltaci.identity.tokens import TokenSigner
from deltaci.oidc_settings import OidcSettings
from deltaci.outgoing_http import outgoing_client

TOKEN_MAX_LENGTH = 16_384
"""Characters. Those of identity providers with long lists of groups have about half of it."""


SIGNED = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*")
"""A token that somebody signed: a JSON header, claims and a signature, in base64."""


def is_signed(token: str) -> bool:
    """Whether a credential looks like a signed token; anything else may be an API key."""
    return SIGNED.fullmatch(token) is not None


class Authenticator:
    """Routes a token to whoever can verify it: this instance itself, or one of the issuers."""

    def __init__(self, signer: TokenSigner, settings: OidcSettings, clock: Clock = utc_now) -> None:
        self._signer = signer
        self._http = outgoing_client(settings.timeout_seconds) if settings.issuers else None
        issuers = oidc_issuers(settings, self._http, clock) if self._http else ()
        self._issuers = {issuer.name: issuer for issuer in issuers}

    async def authenticate(self, token: str) -> Principal:
        """Return the caller. Raises UnauthorizedError, never saying more than it must.

        Raises UnavailableError when the token's issuer cannot be asked for its keys.
        """
        if len(token) > TOKEN_MAX_LENGTH:
            raise UnauthorizedError(NOT_VALID)
        name = _claimed_issuer(token)
        if name == OUR_ISSUER:
            return self._signer.verify(token)
        issuer = self._issuers.get(name)
        if issuer is None:
            raise UnauthorizedError(NOT_VALID)
        return await issuer.verify(token)

    async def close(self) -> None:
        """Stop asking issuers for keys, and drop the connections."""
        for issuer in self._issuers.values():
            await issuer.close()
        if self._http is not None:
            await self._http.aclose()


def _claimed_issuer(token: str) -> str:
    """Return who is said to have signed it, of which nothing is believed yet."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError) as error:
        raise UnauthorizedError(NOT_VALID) from error
    name = claims.get("iss")
    return name if isinstance(name, str) else ""
