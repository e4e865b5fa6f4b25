"""Take an artifact from a runner, in chunks that can be resumed."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from deltaci.core import Core
from deltaci.errors import (
    InvalidRequestError,
    InvalidStateError,
    NotFoundError,
    PayloadTooLargeError,
    StaleLeaseError,
    UnavailableError,
)
from deltaci.jobs.blob_keys import fresh_artifact_key
from deltaci.jobs.held import hold_active, peek_active
from deltaci.jobs.links import artifact_uri
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, find_artifact, upload_named
from deltaci.store.tables import Artifact
from deltaci.store.uploads import complete_upload, restart_upload, uploads_of
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

    @property
    def end(self) -> int:
        """Where the chunk ends."""
        return self.offset + len(self.data)

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the artifact."""
        return len(self.data) == self.total


async def store_chunk(core: Core, runner_id: str, lease_id: str, chunk: Chunk) -> ArtifactProgress:
    """Store one chunk; the last one completes the artifact once its SHA-256 is right.

    An offset other than the end of what has arrived is InvalidStateError with `next_offset`; an
    empty chunk at the very end asks for completion again. A wrong checksum is InvalidRequestError,
    and the upload begins anew. Raises StaleLeaseError, and PayloadTooLargeError for a file that is
    too large, or one too many for its lease.
    """
    if chunk.total > core.settings.artifact_max_bytes or chunk.end > chunk.total:
        raise PayloadTooLargeError("the artifact is larger than allowed or announced")
    if chunk.is_whole and hashlib.sha256(chunk.data).hexdigest() != chunk.sha256:
        raise _wrong_checksum()
    return await _Upload(core, runner_id, lease_id, chunk).go_on()


@dataclass(frozen=True, slots=True)
class _Upload:
    """A chunk on its way. No transaction is open while its bytes are written or read."""

    core: Core
    runner_id: str
    lease_id: str
    chunk: Chunk

    async def go_on(self) -> ArtifactProgress:
        core, chunk = self.core, self.chunk
        async with core.database.read() as tx:
            held = await peek_active(tx, self.lease_id, self.runner_id, core.clock())
            artifact = await _begun(tx, core, held.work, chunk)
        if artifact is None or artifact.completed_at is None:
            artifact = await self._receive(held.work, artifact)
        if artifact.completed_at is not None:
            return _stored(core, artifact)
        if chunk.end < chunk.total:
            return ArtifactProgress(next_offset=chunk.end)
        return await self._finish(artifact)

    async def _receive(self, work: Work, begun: Artifact | None) -> Artifact:
        """Write the bytes, then count them if they are still what was missing."""
        key = begun.blob_key if begun and self.chunk.offset else None
        if key is not None:
            await self._write(key)
            return await self._count(key)
        key = fresh_artifact_key(work, self.chunk.name)
        await self._write(key)
        try:
            artifact = await self._count(key)
        except (InvalidStateError, StaleLeaseError, PayloadTooLargeError):
            await _discard(self.core, key)
            raise
        if artifact.blob_key != key:
            await _discard(self.core, key)
        return artifact

    async def _write(self, key: str) -> None:
        try:
            await self.core.blobs.write_at(key, self.chunk.offset, self.chunk.data)
        except InvalidStateError as error:
            raise _elsewhere(self.chunk.offset) from error

    async def _count(self, key: str) -> Artifact:
        core, chunk = self.core, self.chunk
        async with core.database.write() as tx:
            held = await hold_active(tx, self.lease_id, self.runner_id, core.clock())
            artifact = await _begun(tx, core, held.work, chunk)
            if artifact is None:
                artifact = self._row(held.work)
                tx.add(artifact)
            if artifact.completed_at is None:
                artifact.blob_key = key
                artifact.received_bytes = chunk.end
                artifact.completed_at = core.clock() if chunk.is_whole else None
        return artifact

    def _row(self, work: Work) -> Artifact:
        return Artifact(
            attempt_id=work.attempt.id,
            fence=work.attempt.fence,
            type=self.chunk.type,
            name=self.chunk.name,
            size_bytes=self.chunk.total,
            sha256=self.chunk.sha256,
            created_at=self.core.clock(),
        )

    async def _finish(self, artifact: Artifact) -> ArtifactProgress:
        """Check the whole file, which may be large, then settle unless somebody else has."""
        core, key = self.core, artifact.blob_key or ""
        right = await _checksum(core, artifact) == artifact.sha256
        async with core.database.write() as tx:
            held = await hold_active(tx, self.lease_id, self.runner_id, core.clock())
            if right:
                await complete_upload(tx, artifact, core.clock())
            begins_anew = not right and await restart_upload(tx, artifact)
            settled = await upload_named(tx, held.work.attempt.id, artifact.fence, artifact.name)
        if begins_anew:
            await _discard(core, key)
            raise _wrong_checksum()
        if settled is None or settled.completed_at is None:
            raise _elsewhere(settled.received_bytes if settled else 0)
        return _stored(core, settled)


async def _begun(tx: Transaction, core: Core, work: Work, chunk: Chunk) -> Artifact | None:
    """Find the upload that the chunk goes on with, or see whether one may begin."""
    artifact = await upload_named(tx, work.attempt.id, work.attempt.fence, chunk.name)
    if artifact is None:
        await _require_room(tx, core, work, chunk)
    elif (artifact.size_bytes, artifact.sha256) != (chunk.total, chunk.sha256):
        raise InvalidStateError("another artifact of this name was begun or stored")
    elif artifact.completed_at is not None:
        return artifact
    arrived = artifact.received_bytes if artifact else 0
    if chunk.offset != arrived:
        raise _elsewhere(arrived)
    return artifact


async def _require_room(tx: Transaction, core: Core, work: Work, chunk: Chunk) -> None:
    begun = await uploads_of(tx, work.attempt.id, work.attempt.fence)
    if begun.count >= core.settings.artifacts_max_count:
        raise PayloadTooLargeError("the job has stored as many artifacts as it may")
    if begun.size_bytes + chunk.total > core.settings.artifacts_max_bytes:
        raise PayloadTooLargeError("the job's artifacts are larger together than allowed")


async def _checksum(core: Core, artifact: Artifact) -> str:
    digest = hashlib.sha256()
    async for data in core.blobs.read(artifact.blob_key or "", 0, artifact.size_bytes or 0):
        digest.update(data)
    return digest.hexdigest()


async def _discard(core: Core, key: str) -> None:
    """Delete what nothing refers to; leaving it behind costs only space."""
    with contextlib.suppress(UnavailableError):
        await core.blobs.discard(key)


def _elsewhere(next_offset: int) -> InvalidStateError:
    return InvalidStateError(
        "the upload ends elsewhere; go on from next_offset", next_offset=next_offset
    )


def _wrong_checksum() -> InvalidRequestError:
    return InvalidRequestError("the artifact has another SHA-256 than announced", next_offset=0)


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
