"""What must be in a forge's answers; one that lacks it is broken, and may work the next time."""

from collections.abc import Iterator, Mapping
from typing import Any

from deltaci.vcs.port import ForgeUnavailableError
from deltaci.vcs.webhook_body import dig


def answered_id(answer: Any, *path: str) -> str:
    """Return the number or text `id`, or what is at `path`. Raises ForgeUnavailableError."""
    found = dig(answer, *(path or ("id",)))
    if isinstance(found, bool) or not isinstance(found, int | str) or not found:
        raise ForgeUnavailableError(f"the forge's answer lacks {'.'.join(path) or 'id'}")
    return str(found)


def answered_items(answer: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list. Raises ForgeUnavailableError when the answer is no list."""
    if not isinstance(answer, list):
        raise ForgeUnavailableError("the forge's answer is no list")
    return (each for each in answer if isinstance(each, Mapping))
