"""Access tokens that this instance signs itself: short-lived, stored nowhere."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from deltaci.clock import Clock, utc_now
from deltaci.errors import UnauthorizedError
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.refusal import EXPIRED, NOT_VALID
from deltaci.identity.roles import Role
from deltaci.kept_key import kept_key
from deltaci.wire.tokens import IssuedToken

AUDIENCE = "delta-ci"
ALGORITHM = "HS256"
KEY_MIN_LENGTH = 32
KEY_FILE = "signing.key"
CLOCK_SKEW = timedelta(seconds=30)


class TokenSigner:
    """Signs and verifies this instance's tokens with one shared key."""

    def __init__(self, key: str, clock: Clock = utc_now) -> None:
        if len(key) < KEY_MIN_LENGTH:
            raise ValueError(f"the signing key must have at least {KEY_MIN_LENGTH} characters")
        self._key = key
        self._clock = clock

    @classmethod
    def load(cls, key: str, data_dir: Path) -> "TokenSigner":
        """Use the given key, or the data folder's own, made on first use and private to us."""
        return cls(key or kept_key(data_dir / KEY_FILE, lambda: secrets.token_hex(KEY_MIN_LENGTH)))

    def issue(
        self,
        subject: str,
        roles: Sequence[Role],
        ttl: timedelta,
        *,
        labels: Iterable[str] | None = None,
        repos: Iterable[str] | None = None,
    ) -> IssuedToken:
        """Sign a token for `subject` that is valid for `ttl`; see Principal for runners' limits.

        Raises ValueError for a subject that no principal may have.
        """
        limits = _limit(labels), _limit(repos)
        principal = Principal(subject, OUR_ISSUER, frozenset(roles), *limits)
        now = self._clock().replace(microsecond=0)
        claims = _claims_of(principal) | {
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + ttl,
            "jti": secrets.token_hex(16),
        }
        return IssuedToken(
            token=jwt.encode(claims, self._key, algorithm=ALGORITHM),
            issuer=OUR_ISSUER,
            subject=subject,
            roles=list(roles),
            expires_at=now + ttl,
        )

    def verify(self, token: str) -> Principal:
        """Return who the token is for. Raises UnauthorizedError, never saying more than that."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=OUR_ISSUER,
                options={
                    "require": ["exp", "iat", "sub", "aud", "iss"],
                    "verify_exp": False,  # judged below, by the clock that we were given
                    "verify_iat": False,
                },
            )
            expires_at = float(claims["exp"])
            principal = _principal_of(claims)
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise UnauthorizedError(NOT_VALID) from error
        if expires_at + CLOCK_SKEW.total_seconds() < self._now().timestamp():
            raise UnauthorizedError(EXPIRED)
        return principal

    def _now(self) -> datetime:
        return self._clock()


def _claims_of(principal: Principal) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": principal.issuer,
        "sub": principal.subject,
        "roles": sorted(principal.roles),
    }
    if principal.labels is not None:
        claims["labels"] = sorted(principal.labels)
    if principal.repos is not None:
        claims["repos"] = sorted(principal.repos)
    return claims


def _principal_of(claims: dict[str, Any]) -> Principal:
    return Principal(
        subject=claims["sub"],
        issuer=claims["iss"],
        roles=frozenset(map(Role, claims.get("roles", ()))),
        labels=_limit(claims.get("labels")),
        repos=_limit(claims.get("repos")),
        audiences=frozenset({AUDIENCE}),
    )


def _limit(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)
