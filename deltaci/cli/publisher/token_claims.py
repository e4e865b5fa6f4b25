"""What a token says of its bearer, read without checking its signature."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

NAMES = ("iss", "sub", "aud", "azp", "email")
PARTS = 3
"""A signed token is header, claims and signature, between dots."""


def read_claims(token: str) -> Mapping[str, Any]:
    """Return those claims that publishers ask for. Raises ValueError for what is no token."""
    parts = token.split(".")
    if len(parts) != PARTS:
        raise ValueError("not a signed token: header, claims and signature between dots")
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError, binascii.Error) as error:
        raise ValueError("not a token whose claims can be read") from error
    if not isinstance(claims, dict):
        raise ValueError("not a token whose claims can be read")  # noqa: TRY004 - no type of ours
    unverified = claims.get("email_verified") in (False, "false")
    return {
        name: claims[name]
        for name in NAMES
        if claims.get(name) and not (name == "email" and unverified)
    }
