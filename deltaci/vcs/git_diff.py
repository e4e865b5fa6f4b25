"""The output of `git diff-tree -r -z --raw`, as changes."""

from collections.abc import Iterator

from deltaci.planner.model import Change, ChangeKind

RENAME_LIMIT = 200
"""Inexact renames are looked for among at most this many files per side. Beyond it a rename shows
as a deletion and an addition, which plans the same: both names count as changed."""

_KINDS = {
    "A": ChangeKind.ADDED,
    "D": ChangeKind.DELETED,
    "M": ChangeKind.MODIFIED,
    "R": ChangeKind.RENAMED,
    "T": ChangeKind.TYPE_CHANGED,
}


def parse_changes(raw: bytes) -> tuple[Change, ...]:
    """Return the changes in git's order: `:<modes> <oids> <status>NUL<path>NUL[<new path>NUL]`."""
    return tuple(_changes(iter(raw.split(b"\0"))))


def _changes(fields: Iterator[bytes]) -> Iterator[Change]:
    for meta in fields:
        if not meta.startswith(b":"):
            continue
        status = chr(meta.rsplit(b" ", 1)[1][0])
        path = _text(next(fields))
        if status == "R":
            yield Change(ChangeKind.RENAMED, _text(next(fields)), old_path=path)
        else:
            yield Change(_KINDS.get(status, ChangeKind.MODIFIED), path)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
