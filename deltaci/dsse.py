"""Signed envelopes (DSSE v1.0.0) with keys of our own: Ed25519, and ECDSA on P-256 and P-384."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurve,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
SIGNATURES_MAX = 20
WRONG_KEY = "the key must be Ed25519 or ECDSA (P-256, P-384), in PEM and without a passphrase"


class EnvelopeError(Exception):
    """The envelope is not one, or not signed with the key; the message says which."""


def load_private_key(pem: str) -> PrivateKey:
    """Read a private key. Raises ValueError, which names no part of it."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(WRONG_KEY) from error
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and _digest_of(key.curve) is not None:
        return key
    raise ValueError(WRONG_KEY)


def load_public_key(pem: str) -> PublicKey:
    """Read a public key. Raises ValueError."""
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(WRONG_KEY) from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and _digest_of(key.curve) is not None:
        return key
    raise ValueError(WRONG_KEY)


def key_id(key: PublicKey) -> str:
    """Return what a key is called by in an envelope."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def sign(key: PrivateKey, payload_type: str, payload: bytes) -> tuple[str, str]:
    """Return the key's id and its signature of a payload, in base64."""
    message = _encoded(payload_type, payload)
    if isinstance(key, Ed25519PrivateKey):
        signature = key.sign(message)
    else:
        signature = key.sign(message, ECDSA(_digest(key.curve)))
    return key_id(key.public_key()), base64.b64encode(signature).decode()


def open_envelope(key: PublicKey, envelope: Any) -> tuple[str, bytes]:
    """Return type and payload of an envelope that is signed with the key. Raises EnvelopeError."""
    try:
        payload_type = _text(envelope, "payloadType")
        payload = base64.b64decode(_text(envelope, "payload"), validate=True)
        signatures = envelope["signatures"][:SIGNATURES_MAX]
        given = [base64.b64decode(_text(each, "sig"), validate=True) for each in signatures]
        message = _encoded(payload_type, payload)
    except (ValueError, KeyError, TypeError) as error:
        raise EnvelopeError("the file is no DSSE envelope") from error
    if not given:
        raise EnvelopeError("the envelope is not signed")
    if not any(_is_signed(key, signature, message) for signature in given):
        raise EnvelopeError("the envelope is not signed with this key, or was altered")
    return payload_type, payload


def _is_signed(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ECDSA(_digest(key.curve)))
    except InvalidSignature:
        return False
    return True


def _encoded(payload_type: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding."""
    name = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _digest(curve: EllipticCurve) -> hashes.HashAlgorithm:
    found = _digest_of(curve)
    assert found is not None  # noqa: S101 - keys of other curves are not loaded
    return found


def _digest_of(curve: EllipticCurve) -> hashes.HashAlgorithm | None:
    if isinstance(curve, SECP256R1):
        return hashes.SHA256()
    return hashes.SHA384() if isinstance(curve, SECP384R1) else None
