"""`extra_metadata`: what users give, over what the CI says (spec §2.4)."""

import json
from collections.abc import Mapping
from typing import Any

from deltaci.tracker.errors import InvalidInputError

LONGEST_BYTES = 102_400


def merge(detected: Mapping[str, str], given: object) -> dict[str, Any]:
    """The detected values with those of users over them. Integers of any length stay exact.

    `given` is JSON text, or a mapping from a file. Raises InvalidInputError.
    """
    if given is None or given == "":
        return dict(detected)
    return {**detected, **(_parse(given) if isinstance(given, str) else _checked(given))}


def _parse(text: str) -> Mapping[str, Any]:
    _check_size(text)
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"extra metadata is not valid JSON: {error}") from error
    return _checked(document)


def _checked(document: object) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise InvalidInputError("extra metadata must be a JSON object")
    try:
        compact = json.dumps(document, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInputError("extra metadata holds what JSON has no form for") from error
    _check_size(compact)
    return document


def _check_size(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        raise InvalidInputError(f"extra metadata is larger than {LONGEST_BYTES} bytes")


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")
