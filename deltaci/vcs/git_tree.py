"""A commit's tree, read from git objects: names at once, content on demand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from deltaci.planner.model import EntryKind, TreeEntry
from deltaci.vcs.git_errors import GitError, GitOutputError
from deltaci.vcs.git_process import GitCommand

FILE_MAX_BYTES = 8 * 1024 * 1024
READ_MAX_BYTES = 128 * 1024 * 1024
_KINDS = {b"120000": EntryKind.SYMLINK, b"160000": EntryKind.SUBMODULE}


@dataclass(frozen=True, slots=True)
class GitTree:
    """Implements `deltaci.planner.model.Tree`. `read_many` runs git and blocks for milliseconds."""

    place: tuple[str, ...]
    entries: Mapping[str, TreeEntry]
    timeout_seconds: float
    file_max_bytes: int = FILE_MAX_BYTES
    read_max_bytes: int = READ_MAX_BYTES

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return the content of those paths that are files within the size limit."""
        wanted: dict[str, list[str]] = {}
        for path in paths:
            entry = self.entries.get(path)
            if entry is not None and entry.kind is EntryKind.FILE:
                wanted.setdefault(entry.oid, []).append(path)
        if not wanted:
            return {}
        contents = self._read_blobs(tuple(wanted))
        return {path: data for oid, data in contents.items() for path in wanted[oid]}

    def _read_blobs(self, oids: tuple[str, ...]) -> dict[str, bytes]:
        try:
            return {
                oid: data
                for oid, data in parse_batch(self._cat_file("--batch", oids))
                if len(data) <= self.file_max_bytes
            }
        except GitOutputError:
            return dict(parse_batch(self._cat_file("--batch", self._small_ones(oids))))

    def _small_ones(self, oids: tuple[str, ...]) -> tuple[str, ...]:
        """Those objects that are small enough alone, as many as fit together."""
        kept, total = [], 0
        for line in self._cat_file("--batch-check", oids).decode("ascii").splitlines():
            oid, kind, *size = line.split(" ")
            if kind != "blob" or int(size[0]) > self.file_max_bytes:
                continue
            total += int(size[0]) + len(line) + 2
            if total > self.read_max_bytes:
                break
            kept.append(oid)
        return tuple(kept)

    def _cat_file(self, mode: str, oids: tuple[str, ...]) -> bytes:
        if not oids:
            return b""
        finished = GitCommand(
            [*self.place, "cat-file", mode],
            self.timeout_seconds,
            stdin="".join(f"{oid}\n" for oid in oids).encode("ascii"),
            max_bytes=self.read_max_bytes,
        ).run()
        if finished.returncode != 0:
            raise GitError(f"cannot read objects: {finished.complaint}")
        return finished.stdout


def parse_entries(listing: bytes) -> dict[str, TreeEntry]:
    """Read the output of `git ls-tree -r -z`: mode, type and id, a tab, then the path."""
    entries = {}
    for record in listing.split(b"\0"):
        if record:
            meta, _, raw_path = record.partition(b"\t")
            mode, _, oid = meta.split(b" ")
            path = raw_path.decode("utf-8", "surrogateescape")
            entries[path] = TreeEntry(path, _KINDS.get(mode, EntryKind.FILE), oid.decode("ascii"))
    return entries


def parse_batch(output: bytes) -> Iterator[tuple[str, bytes]]:
    """Read the output of `git cat-file --batch`, leaving out objects that are missing."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        oid, kind, *size = output[position:end].decode("ascii").split(" ")
        position = end + 1
        if kind == "missing":
            continue
        length = int(size[0])
        yield oid, output[position : position + length]
        position += length + 1
