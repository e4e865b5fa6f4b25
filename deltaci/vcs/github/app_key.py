"""How a GitHub App proves to be itself."""

from datetime import datetime, timedelta

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

BACKDATED = timedelta(seconds=60)
"""Lets GitHub's clock be behind ours."""
VALID_FOR = timedelta(minutes=9)
"""GitHub accepts at most ten, counted by its own clock."""


class AppKey:
    """An App's id and private key."""

    def __init__(self, app_id: str, pem: str) -> None:
        """Raise ValueError, which never shows it, when `pem` is no RSA private key."""
        key = _rsa_key(pem)
        if key is None:
            raise ValueError(
                "DELTA_CI_GITHUB_APP_PRIVATE_KEY (or its file) is no unencrypted RSA key in PEM"
            )
        self._app_id = app_id
        self._key = key

    def sign(self, now: datetime) -> str:
        """Return a token that says who we are."""
        claims = {
            "iss": self._app_id,
            "iat": int((now - BACKDATED).timestamp()),
            "exp": int((now + VALID_FOR).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm="RS256")


def _rsa_key(pem: str) -> RSAPrivateKey | None:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None
