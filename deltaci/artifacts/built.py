"""Built artifacts of others, read where they are: in a folder, or in S3, GCS or Azure."""

import asyncio
import errno
import mimetypes
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from deltaci.artifact_places import ArtifactPlace
from deltaci.artifacts.objects import reachable
from deltaci.artifacts.port import StoredArtifact
from deltaci.errors import UnavailableError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CHUNK_BYTES = 1024 * 1024
NO_SUCH_NAME = {errno.ENAMETOOLONG, errno.ELOOP}
"""What a folder says of names that nothing in it can have, or that lead nowhere."""


class FolderArtifacts:
    """Reads `<root>/<bucket>/<key>`; a link that leads out of the root leads to nothing."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @asynccontextmanager
    async def open(self, place: ArtifactPlace) -> AsyncIterator[StoredArtifact | None]:
        """See ArtifactSource."""
        try:
            file = await asyncio.to_thread(self._opened, place)
        except OSError as error:
            raise UnavailableError("the folder of artifacts cannot be read") from error
        if file is None:
            yield None
            return
        with file:
            size = file.seek(0, 2)
            file.seek(0)
            kind = mimetypes.guess_type(place.segments[-1])[0] or ""
            yield StoredArtifact(size, kind, _chunks(file))

    def _opened(self, place: ArtifactPlace) -> BinaryIO | None:
        try:
            path = self._root.joinpath(place.bucket, *place.segments).resolve()
            if not path.is_relative_to(self._root) or not path.is_file():
                return None
            return path.open("rb")
        except RuntimeError:  # links that lead to each other
            return None
        except OSError as error:
            if error.errno in NO_SUCH_NAME:
                return None
            raise


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk


class ObjectArtifacts:
    """Reads objects; credentials come from the environment, as those of blobs do (extra `s3`)."""

    def __init__(self, store_of: "Callable[[str], ObjectStore] | None" = None) -> None:
        import obstore.store  # noqa: PLC0415 - an optional extra

        self._store_of = store_of or obstore.store.from_url

    @asynccontextmanager
    async def open(self, place: ArtifactPlace) -> AsyncIterator[StoredArtifact | None]:
        """See ArtifactSource."""
        with reachable():
            store = self._store_of(f"{place.scheme}://{place.bucket}")
            try:
                found = await store.get_async(place.key)
            except FileNotFoundError:
                found = None
        if found is None:
            yield None
            return
        kind = found.attributes.get("Content-Type", "")
        chunks = _stream(found.stream(min_chunk_size=CHUNK_BYTES))
        yield StoredArtifact(found.meta["size"], kind, chunks)


async def _stream(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    with reachable():
        async for chunk in stream:
            yield bytes(chunk)
