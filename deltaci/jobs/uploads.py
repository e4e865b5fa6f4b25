"""Take an artifact from a runner, in chunks that can be resumed."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from deltaci.core import Core
from deltaci.errors import (
    InvalidRequestError,
    InvalidStateError,
    NotFoundError,
    PayloadTooLargeError,
)
from deltaci.jobs.blob_keys import artifact_key
from deltaci.jobs.held import hold_lease, require_active
from deltaci.jobs.links import artifact_uri
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, find_artifact, upload_named
from deltaci.store.tables import Artifact
from deltaci.wire.runner import ArtifactProgress, ArtifactStored


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of an artifact, with what the runner says of the whole."""

    type: str
    name: str
    offset: int
    total: int
    sha256: str
    data: bytes


async def store_chunk(core: Core, runner_id: str, lease_id: str, chunk: Chunk) -> ArtifactProgress:
    """Store one chunk; the last one completes the artifact once its SHA-256 is right.

    An offset other than the end of what has arrived is InvalidStateError with `next_offset`; an
    empty chunk at the very end asks for completion again. A wrong checksum is InvalidRequestError,
    and the upload begins anew. Raises StaleLeaseError and PayloadTooLargeError.
    """
    end = chunk.offset + len(chunk.data)
    if chunk.total > core.settings.artifact_max_bytes or end > chunk.total:
        raise PayloadTooLargeError("the artifact is larger than allowed or announced")
    async with core.database.write() as tx:
        held = await hold_lease(tx, lease_id, runner_id)
        require_active(held, core.clock())
        artifact = await _find_or_begin(tx, core, held.work, chunk)
        if artifact.completed_at is not None:
            return _stored(core, artifact)
        if chunk.offset != artifact.received_bytes:
            raise InvalidStateError(
                "the upload ends elsewhere; go on from next_offset",
                next_offset=artifact.received_bytes,
            )
        await core.blobs.write_at(artifact.blob_key or "", chunk.offset, chunk.data)
        artifact.received_bytes = end
    if end < chunk.total:
        return ArtifactProgress(next_offset=end)
    return await _finish(core, artifact)


async def _finish(core: Core, artifact: Artifact) -> ArtifactProgress:
    """Check the whole file outside any transaction: it may be large."""
    right = await _checksum(core, artifact) == artifact.sha256
    async with core.database.write() as tx:
        artifact = await tx.merge(artifact)
        artifact.completed_at = core.clock() if right else None
        artifact.received_bytes = artifact.received_bytes if right else 0
    if not right:
        raise InvalidRequestError("the artifact has another SHA-256 than announced", next_offset=0)
    return _stored(core, artifact)


async def _find_or_begin(tx: Transaction, core: Core, work: Work, chunk: Chunk) -> Artifact:
    artifact = await upload_named(tx, work.attempt.id, work.attempt.fence, chunk.name)
    if artifact is not None:
        if (artifact.size_bytes, artifact.sha256) != (chunk.total, chunk.sha256):
            raise InvalidStateError("another artifact of this name was begun or stored")
        return artifact
    artifact = Artifact(
        attempt_id=work.attempt.id,
        fence=work.attempt.fence,
        type=chunk.type,
        name=chunk.name,
        blob_key=artifact_key(work, chunk.name),
        size_bytes=chunk.total,
        received_bytes=0,
        sha256=chunk.sha256,
        created_at=core.clock(),
    )
    tx.add(artifact)
    await tx.flush()
    return artifact


async def _checksum(core: Core, artifact: Artifact) -> str:
    digest = hashlib.sha256()
    async for data in core.blobs.read(artifact.blob_key or "", 0, artifact.size_bytes or 0):
        digest.update(data)
    return digest.hexdigest()


def _stored(core: Core, artifact: Artifact) -> ArtifactProgress:
    size = artifact.size_bytes or 0
    return ArtifactProgress(
        next_offset=size,
        artifact=ArtifactStored(
            id=artifact.id,
            uri=artifact_uri(core, artifact),
            size_bytes=size,
            sha256=artifact.sha256 or "",
        ),
    )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A complete artifact that we hold ourselves."""

    name: str
    size_bytes: int
    key: str

    def read(self, core: Core, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes of [start, end)."""
        return core.blobs.read(self.key, start, end)


async def open_artifact(core: Core, artifact_id: int) -> StoredFile:
    """Find an artifact to download. Raises NotFoundError, also for one that lies elsewhere."""
    async with core.database.read() as tx:
        artifact = await find_artifact(tx, artifact_id)
    if artifact is None or artifact.blob_key is None:
        raise NotFoundError("no such artifact here")
    return StoredFile(artifact.name, artifact.size_bytes or 0, artifact.blob_key)
