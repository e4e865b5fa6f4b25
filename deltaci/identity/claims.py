"""What the claims of a verified token mean: whether it counts now, for whom, and in which roles."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from deltaci.errors import UnauthorizedError
from deltaci.identity.principal import Principal
from deltaci.identity.refusal import EXPIRED, NOT_VALID
from deltaci.identity.roles import Role
from deltaci.oidc_settings import OidcIssuerSettings

Claims = Mapping[str, Any]

TEXT_MAX_LENGTH = 500
SECONDS_MAX = 100_000_000_000
"""A time far beyond any that makes sense."""


def require_current(claims: Claims, now: datetime, skew: timedelta) -> None:
    """Raise UnauthorizedError for a token that is expired or not valid yet."""
    expires_at = _seconds(claims, "exp")
    begins_at = max(
        (_seconds(claims, name) for name in ("iat", "nbf") if name in claims), default=0.0
    )
    if begins_at > (now + skew).timestamp():
        raise UnauthorizedError(NOT_VALID)
    if expires_at <= (now - skew).timestamp():
        raise UnauthorizedError(EXPIRED)


def require_admitted(claims: Claims, issuer: OidcIssuerSettings) -> None:
    """Raise UnauthorizedError for a token of somebody whom the settings do not let in."""
    for name, patterns in issuer.require.items():
        texts = _texts(_claim(claims, name))
        if not any(_fits(text, pattern) for text in texts for pattern in patterns):
            raise UnauthorizedError(NOT_VALID)


def _fits(text: str, pattern: str) -> bool:
    """Whether a text is the pattern's; but for `*`, every character stands for itself."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def principal_of(claims: Claims, issuer: OidcIssuerSettings) -> Principal:
    """Return whom the token is for. Raises ValueError when nobody can be called that."""
    return Principal(
        subject=claims["sub"],
        issuer=issuer.issuer,
        roles=_roles(claims, issuer),
        audiences=_texts(claims["aud"]),
        azp=_text(claims.get("azp")),
        email=_email(claims),
    )


def _roles(claims: Claims, issuer: OidcIssuerSettings) -> frozenset[Role]:
    table = issuer.role_of()
    named = _texts(_claim(claims, issuer.roles_claim)) if issuer.roles_claim else frozenset()
    return frozenset(table[name] for name in named if name in table) or frozenset(
        issuer.default_roles
    )


def _email(claims: Claims) -> str:
    """Return the address, unless the issuer says that nobody has shown it to be theirs."""
    unverified = _texts(claims.get("email_verified")) == {"false"}
    return "" if unverified else _text(claims.get("email"))


def _claim(claims: Claims, name: str) -> Any:
    """Return a claim by its name, or by the way to it through objects."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _texts(value: Any) -> frozenset[str]:
    """Return a claim's value, or its values, as texts: `true` is one, and so is a number."""
    values = value if isinstance(value, list) else [value]
    return frozenset(filter(None, map(_text, values)))


def _text(value: Any) -> str:
    if isinstance(value, bool | int):
        value = str(value).lower()
    usable = isinstance(value, str) and len(value) <= TEXT_MAX_LENGTH and value.isprintable()
    return value if usable else ""


def _seconds(claims: Claims, name: str) -> float:
    """Return a time; neither `Infinity` nor `NaN` is one, though JSON readers take them."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnauthorizedError(NOT_VALID)
    if not 0 <= value < SECONDS_MAX:
        raise UnauthorizedError(NOT_VALID)
    return value
