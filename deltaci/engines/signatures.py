"""Signatures of the Standard Webhooks specification, for what we send deployers and they send us.

The clock is handed in, and a secret that is malformed in any way makes a signature that is not
valid rather than an error of another kind.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
ID_MAX_LENGTH = 255
SECRET_MIN_BYTES = 16
_SIGNATURES_MAX = 20


class BadSecretError(ValueError):
    """The secret is not one that can sign: `whsec_` and at least 16 bytes in base64."""


class BadSignatureError(Exception):
    """The message is not signed with the secret, or not lately; the message says which."""


def sign(secret: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that sign a message. Raises BadSecretError."""
    signature = _webhook(secret).sign(message_id, now.astimezone(UTC), body.decode())
    return {ID: message_id, TIMESTAMP: str(int(now.timestamp())), SIGNATURE: signature}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a message that is signed. Header names are lower case.

    Raises BadSignatureError, also for a secret that cannot sign.
    """
    message_id, sent, signatures = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not message_id or len(message_id) > ID_MAX_LENGTH or not signatures:
        raise BadSignatureError("the message is not signed")
    if not (sent.isascii() and sent.isdecimal()) or len(sent) > len("99999999999"):
        raise BadSignatureError("the signature's timestamp cannot be read")
    at = datetime.fromtimestamp(int(sent), UTC)
    try:
        expected = _webhook(secret).sign(message_id, at, body.decode())
    except (BadSecretError, UnicodeDecodeError) as error:
        raise BadSignatureError("the signature is not valid") from error
    given = signatures.split(" ")[:_SIGNATURES_MAX]
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in given):
        raise BadSignatureError("the signature is not valid")
    if abs(now - at) > TOLERANCE:
        raise BadSignatureError("the signature is too old, or from the future")
    return message_id


def _webhook(secret: str) -> Webhook:
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadSecretError(BadSecretError.__doc__) from error
    if len(key) < SECRET_MIN_BYTES:
        raise BadSecretError(BadSecretError.__doc__)
    return Webhook(key)
