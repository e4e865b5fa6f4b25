"""Read webhook bodies of every forge: JSON of bounded depth, and fields that must be there."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from deltaci.errors import InvalidRequestError
from deltaci.vcs.git_errors import GitError
from deltaci.vcs.git_names import checked_ref, is_object_id

DEPTH_MAX = 64
NOT_JSON = "the body is not JSON, which the webhook's content type must be: application/json"
NAME_MAX_LENGTH = 200
REF_MAX_LENGTH = 500

_UNSTORABLE = re.compile("[\\0\ud800-\udfff]")


def read_object(body: bytes | str) -> Mapping[str, Any]:
    """Return the JSON object in UTF-8 that a body is.

    Raises InvalidRequestError, also for what is nested too deeply.
    """
    try:
        payload = json.loads(body if isinstance(body, str) else body.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(NOT_JSON) from error
    if not isinstance(payload, dict):
        raise InvalidRequestError("the body is not a JSON object")
    _require_shallow(payload)
    return payload


def header(headers: Mapping[str, str], *names: str) -> str:
    """Return the first of these headers that is there, as a short printable text, or nothing."""
    for name in names:
        value = headers.get(name, "").strip()
        if value and value.isprintable():
            return value[:NAME_MAX_LENGTH]
    return ""


def text(payload: Any, *path: str) -> str:
    """Return the text at a path of keys. Raises InvalidRequestError when there is none."""
    found = text_or_nothing(payload, *path)
    if not found:
        raise InvalidRequestError(f"{'.'.join(path)} is missing or no text")
    return found


def text_or_nothing(payload: Any, *path: str) -> str:
    """Return the text at a path of keys, or an empty one, also for what no database can hold."""
    found = dig(payload, *path)
    return found if isinstance(found, str) and not _UNSTORABLE.search(found) else ""


def short_text(payload: Any, *path: str) -> str:
    """Return the text at a path of keys if it is printable and at most 200 long, or nothing."""
    found = text_or_nothing(payload, *path)
    return found if found.isprintable() and len(found) <= NAME_MAX_LENGTH else ""


def ref(payload: Any, *path: str) -> str:
    """Return the ref or branch name at a path of keys. Raises InvalidRequestError."""
    try:
        return checked_ref(text(payload, *path)[:REF_MAX_LENGTH])
    except GitError as error:
        raise InvalidRequestError(f"{'.'.join(path)} is no ref") from error


def commit(payload: Any, *path: str) -> str:
    """Return the full commit id at a path of keys. Raises InvalidRequestError."""
    found = text(payload, *path)
    if not is_object_id(found):
        raise InvalidRequestError(f"{'.'.join(path)} is no commit id")
    return found


def commit_or_none(payload: Any, *path: str) -> str | None:
    """Return the full commit id at a path of keys; None for nothing, also in zeros."""
    found = dig(payload, *path)
    if not isinstance(found, str) or not is_object_id(found) or not found.strip("0"):
        return None
    return found


def number(payload: Any, *path: str, below: int = 2**31) -> int:
    """Return the positive number at a path of keys. Raises InvalidRequestError."""
    found = dig(payload, *path)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found < below:
        raise InvalidRequestError(f"{'.'.join(path)} is missing or no positive number")
    return found


def same_repository(*names: str) -> bool:
    """Whether all are there and name one repository, `owner/name` in any case."""
    return all(names) and "".join(names).isascii() and len({name.lower() for name in names}) == 1


def dig(payload: Any, *path: str) -> Any:
    """Return what is at a path of keys, or None."""
    for key in path:
        payload = payload.get(key) if isinstance(payload, Mapping) else None
    return payload


def signed_by_one(signature: str, body: bytes, secrets: Sequence[str], digest: str) -> bool:
    """Whether the lower-case hex HMAC of the body is that of one of the secrets."""
    given = signature.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(hmac.new(secret.encode(), body, digest).hexdigest().encode(), given)
        for secret in secrets
        if secret
    ]
    return any(matches)


def equals_one(given: str, secrets: Sequence[str]) -> bool:
    """Whether a token is one of the secrets; neither its length nor its place is told by time."""
    mine = hashlib.sha256(given.encode("utf-8", "replace")).digest()
    matches = [
        hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), mine) for secret in secrets
    ]
    return bool(given) and any(matches)


def _require_shallow(value: Any) -> None:
    level = [value]
    for _depth in range(DEPTH_MAX):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise InvalidRequestError(f"the body is nested more than {DEPTH_MAX} levels deep")
