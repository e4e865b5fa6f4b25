"""Blobs as files in one folder."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TypeVar

from deltaci.artifacts.port import READ_CHUNK_BYTES
from deltaci.errors import InvalidStateError, UnavailableError

Result = TypeVar("Result")

_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="blobs")
"""Apart from the loop's own threads, so that a slow disk holds up nothing but blobs."""


class LocalBlobs:
    """Keeps each blob as one file; a write is on disk when it returns, short of a power loss."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        """See BlobStore."""
        path = self._path(key)
        await _in_thread(lambda: _write(path, offset, data))

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See BlobStore."""
        path = self._path(key)
        while start < end:
            chunk = await _in_thread(lambda: _read(path, start, min(READ_CHUNK_BYTES, end - start)))  # noqa: B023 - awaited at once
            if not chunk:
                return
            yield chunk
            start += len(chunk)

    async def discard(self, key: str) -> None:
        """See BlobStore."""
        path = self._path(key)
        await _in_thread(lambda: path.unlink(missing_ok=True))

    def location(self, key: str) -> str | None:  # noqa: ARG002 - the port's signature
        """See BlobStore; a path on the server means nothing to a caller."""
        return None

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if not parts or any(part in {"..", "/"} for part in parts):
            raise ValueError("a blob key never leaves its folder")
        return self._folder.joinpath(*parts)


async def _in_thread(work: Callable[[], Result]) -> Result:
    try:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
    except OSError as error:
        raise UnavailableError("the blob folder cannot be used") from error


def _write(path: Path, offset: int, data: bytes) -> None:
    """Add what is not there yet, with the file to ourselves: writers may be other processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = os.pread(file, len(data), offset)
        if not data.startswith(kept):
            raise InvalidStateError("other bytes are stored here")
        view, offset = memoryview(data)[len(kept) :], offset + len(kept)
        while view:
            written = os.pwrite(file, view, offset)
            view, offset = view[written:], offset + written
    finally:
        os.close(file)


def _read(path: Path, start: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(size)
    except FileNotFoundError:
        return b""
