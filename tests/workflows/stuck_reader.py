"""A worker process that begins to read an artifact, says so, and never ends.

Called with Temporal's address and a task queue.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.verification import VerificationActivities
from deltaci.artifact_places import ArtifactPlace
from deltaci.artifacts.port import StoredArtifact
from deltaci.builds.examine import Examiner
from deltaci.settings import Settings


class EndlessSource:
    """Has every artifact, and never all of it."""

    @asynccontextmanager
    async def open(self, place: ArtifactPlace) -> AsyncIterator[StoredArtifact | None]:
        yield StoredArtifact(2, "application/zip", self._chunks())

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield b"1"
        sys.stdout.write("reading\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def main(address: str, queue: str) -> None:
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    reading = VerificationActivities(Examiner(EndlessSource(), Settings())).verify_artifact
    async with Worker(client, task_queue=queue, activities=[reading]):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
