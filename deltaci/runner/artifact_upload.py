"""Sends one file to the server in chunks, going on where a dropped connection left off."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from deltaci.client.runner import OffsetMismatchError, RunnerClient
from deltaci.runner.lease_keeper import LeaseKeeper
from deltaci.wire.runner import ArtifactProgress

CHUNK_BYTES = 1024 * 1024


class UploadError(Exception):
    """The server and the runner cannot agree on how much has arrived."""


@dataclass(frozen=True, slots=True)
class ArtifactUpload:
    """One file on its way. Nothing may change it any more."""

    client: RunnerClient
    keeper: LeaseKeeper
    lease_id: str
    kind: str
    name: str
    file: Path

    async def run(self) -> None:
        """Send the whole file; an empty chunk at its end asks whether it is complete.

        Raises UploadError, OSError, LeaseLostError, and RefusedError or TooLargeError from the
        server.
        """
        sha256 = await asyncio.to_thread(_sha256, self.file)
        total = self.file.stat().st_size
        offset, done = 0, False
        while not done:
            chunk = await asyncio.to_thread(_read, self.file, offset)
            before = offset
            offset, done = await self._send(sha256, total, offset, chunk)
            if not done and offset == before:
                raise UploadError("the server does not take this file")

    async def _send(self, sha256: str, total: int, offset: int, chunk: bytes) -> tuple[int, bool]:
        async def put() -> ArtifactProgress:
            return await self.client.put_artifact_chunk(
                self.lease_id,
                kind=self.kind,
                name=self.name,
                sha256=sha256,
                total=total,
                offset=offset,
                chunk=chunk,
            )

        try:
            progress = await self.keeper.insist(put)
        except OffsetMismatchError as mismatch:
            return mismatch.next_offset, False
        return progress.next_offset, progress.artifact is not None


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _read(file: Path, offset: int) -> bytes:
    with file.open("rb") as content:
        content.seek(offset)
        return content.read(CHUNK_BYTES)
