"""Authenticators that trust fake issuers."""

from typing import Any

from deltaci.clock import Clock, utc_now
from deltaci.identity.authenticator import Authenticator
from deltaci.identity.tokens import TokenSigner
from deltaci.oidc_settings import OidcIssuerSettings, OidcSettings
from deltaci.testing.oidc_issuer import FakeIssuer

SIGNING_KEY = "k" * 40
"""Signs the tokens that count as ours."""


class Trust:
    """Builds authenticators: `trust(issuer)`, or `trust(issuer.trusted(…), …, **settings)`."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.signer = TokenSigner(SIGNING_KEY, clock)
        self._clock = clock
        self._built: list[Authenticator] = []

    def __call__(self, *issuers: FakeIssuer | OidcIssuerSettings, **settings: Any) -> Authenticator:
        """Trust these, with more settings of OidcSettings."""
        whom = [each.trusted() if isinstance(each, FakeIssuer) else each for each in issuers]
        chosen = OidcSettings.model_validate({"issuers": whom} | settings)
        self._built.append(Authenticator(self.signer, chosen, self._clock))
        return self._built[-1]

    async def close(self) -> None:
        """Close all that were built."""
        for each in self._built:
            await each.close()
