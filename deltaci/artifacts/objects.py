"""Blobs in S3, GCS or Azure, through obstore (extra `s3`).

Object stores cannot append, so a blob is a prefix of segments, each named by its offset and never
written twice: the store must honour `If-None-Match: *`, as these do.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deltaci.artifacts.port import READ_CHUNK_BYTES
from deltaci.errors import InvalidStateError, UnavailableError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

OFFSET_DIGITS = 15


@dataclass(frozen=True, slots=True)
class _Segment:
    """The bytes [start, end) of a blob, from an object that begins at `origin`."""

    start: int
    end: int
    origin: int
    path: str


class ObjectBlobs:
    """Keeps each blob as objects `<key>/<offset>`; credentials come from the environment."""

    def __init__(self, url: str, store: "ObjectStore | None" = None) -> None:
        import obstore.store  # noqa: PLC0415 - an optional extra

        self._url = url.rstrip("/")
        self._store = store or obstore.store.from_url(self._url)

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        """See BlobStore."""
        while data:
            path = f"{key}/{offset:0{OFFSET_DIGITS}d}"
            if await self._create(path, data):
                return
            kept = await self._content(path, len(data))
            if not kept or not data.startswith(kept):
                raise InvalidStateError("other bytes are stored here")
            data, offset = data[len(kept) :], offset + len(kept)

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See BlobStore."""
        for segment in _lined_up(await self._objects(key)):
            first, last = max(start, segment.start), min(end, segment.end)
            if first >= last:
                continue
            if first > start:
                raise UnavailableError("a part of this blob is missing")
            with reachable():
                content = await self._store.get_range_async(
                    segment.path, start=first - segment.origin, end=last - segment.origin
                )
            data = bytes(content)
            for position in range(0, len(data), READ_CHUNK_BYTES):
                yield data[position : position + READ_CHUNK_BYTES]
            start = last

    async def discard(self, key: str) -> None:
        """See BlobStore."""
        paths = [segment.path for segment in await self._objects(key)]
        if paths:
            with reachable():
                await self._store.delete_async(paths)

    def location(self, key: str) -> str | None:
        """See BlobStore."""
        return f"{self._url}/{key}"

    async def _create(self, path: str, data: bytes) -> bool:
        """Write an object; False when there is one already."""
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415 - an optional extra

        with reachable():
            try:
                await self._store.put_async(path, data, mode="create")
            except AlreadyExistsError:
                return False
        return True

    async def _content(self, path: str, limit: int) -> bytes:
        with reachable():
            return bytes(await self._store.get_range_async(path, start=0, end=limit))

    async def _objects(self, key: str) -> list[_Segment]:
        """List a blob's objects in order; some may overlap."""
        with reachable():
            listed = await self._store.list_with_delimiter_async(f"{key}/")
        named = sorted(
            (int(item["path"].rsplit("/", 1)[1]), item["size"], item["path"])
            for item in listed["objects"]
        )
        return [_Segment(start, start + size, start, path) for start, size, path in named]


def _lined_up(objects: list[_Segment]) -> list[_Segment]:
    """Cut objects so that none overlap: bytes count as what the last object to begin says.

    An earlier object that reaches further is of a write that a shorter one was faster than.
    """
    pieces: list[_Segment] = []
    for fresh in objects:
        beyond: list[_Segment] = []
        while pieces and pieces[-1].end > fresh.start:
            covered = pieces.pop()
            if covered.end > fresh.end:
                beyond.insert(0, replace(covered, start=max(covered.start, fresh.end)))
            if covered.start < fresh.start:
                pieces.append(replace(covered, end=fresh.start))
        pieces += [fresh, *beyond]
    return pieces


@contextmanager
def reachable() -> Iterator[None]:
    """Turn what obstore raises (an absent object is Python's own error) into ours."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - an optional extra

    try:
        yield
    except (BaseError, OSError) as error:
        raise UnavailableError("the blob store does not answer as it should") from error
