"""Where logs and artifacts are kept, behind one port over local disk and object stores."""

from collections.abc import AsyncIterator
from typing import Protocol

READ_CHUNK_BYTES = 256 * 1024


class BlobStore(Protocol):
    """Named byte sequences that grow at their end and are otherwise immutable.

    Keys are `/`-separated, made by us from identifiers, never from a caller's text. `write_at` puts
    bytes at an offset that the database says is the current end; repeating the same write is
    harmless, which is how an upload survives a lost answer. A reader sees every byte that
    `write_at` returned for. Calls for different keys may run at the same time; calls for one key
    are made one after the other. An unreachable store raises `deltaci.errors.UnavailableError`.
    """

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        """Store `data` at `offset`, which is where earlier writes ended."""
        ...

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes of [start, end) in chunks; a missing blob yields nothing."""
        ...

    def location(self, key: str) -> str | None:
        """Return the blob's own public address (`s3://…`), or None when only we can serve it."""
        ...
