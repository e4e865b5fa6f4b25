"""Cursors: an opaque text that says where the next page begins, stable while rows are added."""

import base64
import binascii
import json

from deltaci.errors import InvalidRequestError

PAGE_DEFAULT = 50
PAGE_MAX = 200


def encode_cursor(*position: str) -> str:
    """Write the sort key of a page's last row as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, parts: int) -> tuple[str, ...]:
    """Read a cursor of `parts` texts back; anything else is the caller's mistake."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise InvalidRequestError("the cursor is not one of ours") from error
    if (
        not isinstance(position, list)
        or len(position) != parts
        or not all(isinstance(part, str) and part.isprintable() for part in position)
    ):
        raise InvalidRequestError("the cursor is not one of ours")
    return tuple(position)
