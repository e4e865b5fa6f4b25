"""A GitHub App and the tokens of its installations, as GitHub knows them."""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deltaci.clock import Clock, utc_now

KEY_BITS = 2048
JWT_LONGEST = timedelta(minutes=10)


@dataclass
class Grant:
    """An installation's token."""

    installation: str
    expires_at: datetime
    repositories: frozenset[str] | None
    """The names, without the owner, that it is limited to; None for no limit."""
    only_read: bool


@dataclass
class FakeApp:
    """Hand it to the fake as `state.app`, and `app_id` and `private_key` to the adapter."""

    app_id: str = "4711"
    slug: str = "delta-ci"
    clock: Clock = utc_now
    token_seconds: float = 3600
    installations: dict[str, str] = field(default_factory=dict)
    """Owner of repositories to the installation's id; see `install`."""
    grants: dict[str, Grant] = field(default_factory=dict, repr=False)
    """Token to what it allows; take one out to withdraw it."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(9001), repr=False)

    @property
    def private_key(self) -> str:
        """The key in PEM."""
        return (
            _key()
            .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
            .decode()
        )

    @property
    def login(self) -> str:
        """As whom it writes."""
        return f"{self.slug}[bot]"

    def install(self, owner: str) -> str:
        """Install it, anew if need be, for all repositories of an owner; returns the id."""
        self.installations[owner] = str(next(self._ids))
        return self.installations[owner]

    def has_signed(self, token: str) -> bool:
        """Whether this is a JWT that GitHub would take for the App's at present."""
        try:
            claims = jwt.decode(
                token,
                _key().public_key(),
                algorithms=["RS256"],
                issuer=self.app_id,
                options={
                    "require": ["exp", "iat", "iss"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError:
            return False
        now = self.clock().timestamp()
        latest = now + JWT_LONGEST.total_seconds()
        return bool(claims["iat"] <= now < claims["exp"] <= latest)

    def grant(
        self, installation: str, repositories: frozenset[str] | None, *, only_read: bool
    ) -> tuple[str, Grant]:
        """Mint a token."""
        expires_at = self.clock() + timedelta(seconds=self.token_seconds)
        token = f"ghs_{secrets.token_hex(18)}"
        self.grants[token] = Grant(installation, expires_at, repositories, only_read)
        return token, self.grants[token]

    def grant_of(self, token: str) -> Grant | None:
        """Return what a token allows at present."""
        grant = self.grants.get(token)
        return grant if grant and self.clock() < grant.expires_at else None


@cache
def _key() -> rsa.RSAPrivateKey:
    """Return one key for all Apps of this process: making one takes a moment."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
