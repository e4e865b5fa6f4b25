"""An issuer's published key set (RFC 7517), as keys that verify signatures."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

PublicKey = RSAPublicKey | EllipticCurvePublicKey

KEYS_MAX = 100
RSA_MIN_BITS = 2048
RSA_MAX_BITS = 16_384
"""Beyond, verifying takes too long."""
READERS = {
    "RS256": (RSAAlgorithm.from_jwk, ("kty", "n", "e")),
    "ES256": (ECAlgorithm.from_jwk, ("kty", "crv", "x", "y")),
}
"""What reads a key of each algorithm, and what it is shown: never a key's private part."""


def usable_keys(document: Any, algorithm: str) -> Mapping[str, PublicKey]:
    """Return the keys that verify `algorithm`, by their id; what is not such a key is left out.

    Raises ValueError when the document is no key set.
    """
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("it is not a key set")  # noqa: TRY004 - what we read is wrong, not a call
    keys: dict[str, PublicKey] = {}
    for entry in entries[:KEYS_MAX]:
        if isinstance(entry, dict) and _is_for(entry, algorithm):
            key = _read(entry, algorithm)
            if key is not None:
                keys.setdefault(entry["kid"], key)
    return keys


def _is_for(entry: dict[str, Any], algorithm: str) -> bool:
    named = isinstance(entry.get("kid"), str)
    return named and entry.get("use", "sig") == "sig" and entry.get("alg", algorithm) == algorithm


def _read(entry: dict[str, Any], algorithm: str) -> PublicKey | None:
    read, names = READERS[algorithm]
    try:
        key = read({name: entry.get(name) for name in names})
    except (InvalidKeyError, ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
        return None
    return key if _is_strong(key) else None


def _is_strong(key: object) -> TypeGuard[PublicKey]:
    if isinstance(key, RSAPublicKey):
        return RSA_MIN_BITS <= key.key_size <= RSA_MAX_BITS
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
