"""What a change of the catalog changes, key by key: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Values = dict[str, Any]
"""What somebody says of one thing of the catalog, as JSON; never anything secret."""

ABSENT = None


@dataclass(frozen=True, slots=True)
class Change:
    """One key, what it was and what it becomes; None where it is not there."""

    path: str
    before: Any
    after: Any


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what differs, by path; within mappings only the keys that do."""
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            inner = changes_between(old, new)
            found += [Change(f"{key}.{each.path}", each.before, each.after) for each in inner]
        elif old != new:
            found.append(Change(key, old, new))
    return found
