"""Trees and changes in memory, for planning without git."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deltaci.planner.model import (
    Change,
    ChangeKind,
    Diff,
    EntryKind,
    PlanRequest,
    Recipe,
    TreeEntry,
)

FILE_MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class MemoryTree:
    """Implements `deltaci.planner.model.Tree` over a mapping of paths to content."""

    contents: Mapping[str, bytes]
    kinds: Mapping[str, EntryKind] = field(default_factory=dict)

    @property
    def entries(self) -> Mapping[str, TreeEntry]:
        """Every entry, in the order in which the contents were given."""
        return {
            path: TreeEntry(path, self._kind(path), hashlib.sha1(content).hexdigest())  # noqa: S324 - git's own object ids
            for path, content in self.contents.items()
        }

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return the content of those paths that are files within the limit."""
        return {
            path: self.contents[path]
            for path in paths
            if path in self.contents
            and self._kind(path) is EntryKind.FILE
            and len(self.contents[path]) <= FILE_MAX_BYTES
        }

    def _kind(self, path: str) -> EntryKind:
        return self.kinds.get(path, EntryKind.FILE)


def tree_of(
    files: Mapping[str, str | bytes], kinds: Mapping[str, EntryKind] | None = None
) -> MemoryTree:
    """Return a tree that holds `files`; `kinds` names the entries that are not plain files."""
    contents = {
        path: content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        for path, content in files.items()
    }
    return MemoryTree(contents, kinds or {})


def changed(*paths: str, deleted: Iterable[str] = ()) -> Diff:
    """Return a diff in which `paths` were modified and others deleted."""
    return Diff(
        (
            *(Change(ChangeKind.MODIFIED, path) for path in paths),
            *(Change(ChangeKind.DELETED, path) for path in deleted),
        )
    )


def request_for(
    files: Mapping[str, str | bytes],
    diff: Diff,
    *,
    fork: bool = False,
    recipes: Iterable[Recipe] = (),
    kinds: Mapping[str, EntryKind] | None = None,
) -> PlanRequest:
    """Return a request to plan `diff` on a tree of `files`."""
    return PlanRequest("acme/shop", "a" * 40, tree_of(files, kinds), diff, fork, tuple(recipes))
