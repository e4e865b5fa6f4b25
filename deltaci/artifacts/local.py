"""Blobs as files in one folder."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from deltaci.artifacts.port import READ_CHUNK_BYTES


class LocalBlobs:
    """Keeps each blob as one file; a write is on disk when it returns, short of a power loss."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        """See BlobStore."""
        await asyncio.to_thread(self._write, key, offset, data)

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See BlobStore."""
        while start < end:
            size = min(READ_CHUNK_BYTES, end - start)
            chunk = await asyncio.to_thread(self._read, key, start, size)
            if not chunk:
                return
            yield chunk
            start += len(chunk)

    def location(self, key: str) -> str | None:  # noqa: ARG002 - the port's signature
        """See BlobStore; a path on the server means nothing to a caller."""
        return None

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if not parts or any(part in {"..", "/"} for part in parts):
            raise ValueError("a blob key never leaves its folder")
        return self._folder.joinpath(*parts)

    def _write(self, key: str, offset: int, data: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(data)
            while view:
                written = os.pwrite(file, view, offset)
                view, offset = view[written:], offset + written
        finally:
            os.close(file)

    def _read(self, key: str, start: int, size: int) -> bytes:
        try:
            with self._path(key).open("rb") as file:
                file.seek(start)
                return file.read(size)
        except FileNotFoundError:
            return b""
