"""The tree as discovery reads it: indexed once, content fetched in one batch."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from posixpath import normpath

from deltaci.planner.model import EntryKind, Tree
from deltaci.planner.projects import ROOT

SKIPPED_FOLDERS = frozenset(
    {
        ".cache",
        ".delta-ci",
        ".git",
        ".venv",
        "__fixtures__",
        "__pycache__",
        "fixtures",
        "node_modules",
        "site-packages",
        "testdata",
        "vendor",
        "venv",
    }
)
"""What lies below these is not the repository's own project: fetched, generated, or test data."""


def folder_of(path: str) -> str:
    """Return the folder that holds `path`; `.` at the root."""
    return path.rpartition("/")[0] or ROOT


def joined(folder: str, name: str) -> str:
    """Return the path of `name` inside `folder`."""
    return name if folder == ROOT else f"{folder}/{name}"


def resolved(folder: str, relative: str) -> str | None:
    """Return where `relative` leads from `folder`, or None when it leaves the repository."""
    if relative.startswith("/") or "\0" in relative:
        return None
    path = normpath(joined(folder, relative))
    return None if path == ".." or path.startswith("../") else path


def relative(target: str, start: str) -> str:
    """Return the way from one folder of the repository to another: `../core`."""
    there = [] if target == ROOT else target.split("/")
    here = [] if start == ROOT else start.split("/")
    shared = 0
    while shared < min(len(there), len(here)) and there[shared] == here[shared]:
        shared += 1
    return "/".join([".."] * (len(here) - shared) + there[shared:]) or ROOT


def ancestors(folder: str) -> Iterable[str]:
    """Yield `folder` and every folder above it, up to and including the root."""
    while folder != ROOT:
        yield folder
        folder = folder_of(folder)
    yield ROOT


class RepositoryFiles:
    """Files by name, and the content of those whose names are interesting.

    `unusable` are the interesting ones that are no regular files, or whose path cannot be written
    in a job's JSON or shell line.
    """

    def __init__(self, tree: Tree, names: frozenset[str], extensions: frozenset[str]) -> None:
        self.unusable: list[str] = []
        self._oids: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = {name: [] for name in names}
        self._by_extension: dict[str, list[str]] = {extension: [] for extension in extensions}
        for path in sorted(tree.entries):
            name = path.rpartition("/")[2]
            extension = name[name.rfind(".") :]
            if (name in names or extension in extensions) and not _is_skipped(path):
                entry = tree.entries[path]
                self._oids[path] = entry.oid
                is_usable = entry.kind is EntryKind.FILE and path.isprintable()
                if name in names:
                    (self._by_name[name] if is_usable else self.unusable).append(path)
                if extension in extensions and is_usable:
                    self._by_extension[extension].append(path)
        self._contents: Mapping[str, bytes] = tree.read_many(
            path for name in sorted(names) for path in self._by_name[name]
        )

    def named(self, name: str) -> Sequence[str]:
        """Return the paths of every file called `name`, sorted."""
        return self._by_name[name]

    def with_extension(self, extension: str) -> Sequence[str]:
        """Return the paths of every file that ends so, sorted."""
        return self._by_extension[extension]

    def exists(self, path: str) -> bool:
        """Whether an interesting file is there, readable or not."""
        return path in self._oids

    def content(self, path: str) -> bytes | None:
        """Return the content of an interesting file; None when it is missing or too large."""
        return self._contents.get(path)

    def text(self, path: str) -> str | None:
        """Return the content as text; None when it is missing, too large or not UTF-8."""
        try:
            return (self._contents[path]).decode("utf-8-sig")
        except (KeyError, UnicodeDecodeError):
            return None

    def digest(self, paths: Iterable[str], base: str = ROOT) -> str:
        """Return the SHA-256 over path (relative to `base`), NUL, content, NUL of those that exist.

        A file too large to read counts with its object id, which stands for the same content.
        """
        prefix = "" if base == ROOT else f"{base}/"
        total = hashlib.sha256()
        for path in paths:
            if path in self._oids:
                name = path.removeprefix(prefix).encode("utf-8", "surrogateescape")
                content = self._contents.get(path, self._oids[path].encode("ascii"))
                total.update(b"%b\0%b\0" % (name, content))
        return total.hexdigest()


def _is_skipped(path: str) -> bool:
    return not SKIPPED_FOLDERS.isdisjoint(path.split("/")[:-1])
