"""Blobs in S3, GCS or Azure, through obstore (extra `s3`).

Object stores cannot append, so a blob is a prefix of segments, each named by its offset.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from deltaci.artifacts.port import READ_CHUNK_BYTES
from deltaci.errors import UnavailableError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

OFFSET_DIGITS = 15


class ObjectBlobs:
    """Keeps each blob as objects `<key>/<offset>`; credentials come from the environment."""

    def __init__(self, url: str, store: "ObjectStore | None" = None) -> None:
        import obstore.store  # noqa: PLC0415 - an optional extra

        self._url = url.rstrip("/")
        self._store = store or obstore.store.from_url(self._url)

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        """See BlobStore."""
        from obstore.exceptions import BaseError  # noqa: PLC0415 - an optional extra

        try:
            await self._store.put_async(f"{key}/{offset:0{OFFSET_DIGITS}d}", data)
        except BaseError as error:
            raise UnavailableError("the blob store did not take a write") from error

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See BlobStore."""
        for offset, size, path in await self._segments(key):
            if offset + size <= start or offset >= end:
                continue
            segment = await self._store.get_range_async(
                path, start=max(0, start - offset), end=min(size, end - offset)
            )
            data = bytes(segment)
            for position in range(0, len(data), READ_CHUNK_BYTES):
                yield data[position : position + READ_CHUNK_BYTES]

    def location(self, key: str) -> str | None:
        """See BlobStore."""
        return f"{self._url}/{key}"

    async def _segments(self, key: str) -> list[tuple[int, int, str]]:
        """List a blob's segments as (offset, size, path), in order."""
        from obstore.exceptions import BaseError  # noqa: PLC0415 - an optional extra

        try:
            listed = await self._store.list_with_delimiter_async(f"{key}/")
        except BaseError as error:
            raise UnavailableError("the blob store cannot be read") from error
        return sorted(
            (int(item["path"].rsplit("/", 1)[1]), item["size"], item["path"])
            for item in listed["objects"]
        )
