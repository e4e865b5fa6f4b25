"""Artifacts on both databases: resumed, repeated, wrong, too many, and at the same time."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deltaci.artifacts.local import LocalBlobs
from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError, PayloadTooLargeError
from deltaci.jobs.uploads import Chunk, open_artifact
from deltaci.store.tables import Artifact
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.row_reader import RowReader
from deltaci.wire.runner import ArtifactProgress

CONTENT = b"0123456789"


class InterruptedBlobs(LocalBlobs):
    """Calls `meanwhile` once, before the next read or after the next write."""

    meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        await super().write_at(key, offset, data)
        await self._interrupted()

    async def read(self, key: str, start: int, end: int) -> Any:
        await self._interrupted()
        async for chunk in super().read(key, start, end):
            yield chunk

    async def _interrupted(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder: Path) -> InterruptedBlobs:
    return InterruptedBlobs(folder)


@pytest.fixture
def with_blobs(factory: Factory, core: Core, blobs: InterruptedBlobs) -> Factory:
    return replace(factory, core=replace(core, blobs=blobs))


@pytest.fixture
async def holder(with_blobs: Factory) -> LeaseHolder:
    return await with_blobs.running()


def piece(
    start: int = 0, end: int = len(CONTENT), content: bytes = CONTENT, *, name: str = "report"
) -> Chunk:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Chunk("test", name, start, len(CONTENT), digest, content[start:end])


async def download(holder: LeaseHolder, progress: ArtifactProgress) -> bytes:
    assert progress.artifact is not None
    file = await open_artifact(holder.core, progress.artifact.id)
    return b"".join([data async for data in file.read(holder.core, 0, file.size_bytes)])


def goes_on_from(offset: int) -> Any:
    return pytest.raises(
        InvalidStateError, check=lambda error: error.details == {"next_offset": offset}
    )


def stored_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_one_chunk_is_enough(holder: LeaseHolder) -> None:
    assert await download(holder, await holder.upload(piece())) == CONTENT


async def test_an_empty_file_is_a_file(holder: LeaseHolder) -> None:
    chunk = Chunk("test", "empty", 0, 0, hashlib.sha256().hexdigest(), b"")

    assert await download(holder, await holder.upload(chunk)) == b""


async def test_pieces_are_put_together(holder: LeaseHolder) -> None:
    assert (await holder.upload(piece(0, 4))).next_offset == 4
    assert (await holder.upload(piece(4, 8))).next_offset == 8

    assert await download(holder, await holder.upload(piece(8))) == CONTENT


async def test_a_repeated_piece_is_told_where_to_go_on(holder: LeaseHolder) -> None:
    await holder.upload(piece(0, 4))

    for start, end in [(0, 4), (0, 6), (6, 8)]:
        with goes_on_from(4):
            await holder.upload(piece(start, end))


async def test_a_complete_artifact_is_answered_again(holder: LeaseHolder) -> None:
    first = await holder.upload(piece())

    assert await holder.upload(piece()) == first
    assert await holder.upload(piece(10)) == first


async def test_a_wrong_whole_file_is_never_stored(
    holder: LeaseHolder, folder: Path, rows: RowReader
) -> None:
    with pytest.raises(InvalidRequestError, match="another SHA-256"):
        await holder.upload(piece(content=b"9876543210"))

    assert (len(stored_files(folder)), await rows.all(Artifact)) == (0, [])


async def test_after_a_wrong_checksum_other_pieces_may_be_sent(
    holder: LeaseHolder, folder: Path
) -> None:
    await holder.upload(piece(0, 4, b"xxxx"))
    await holder.upload(piece(4, 8))
    with pytest.raises(InvalidRequestError, match="another SHA-256"):
        await holder.upload(piece(8))

    await holder.upload(piece(0, 3))
    assert await download(holder, await holder.upload(piece(3))) == CONTENT
    assert len(stored_files(folder)) == 1


async def test_nothing_is_held_while_bytes_are_written(
    holder: LeaseHolder, blobs: InterruptedBlobs
) -> None:
    blobs.meanwhile = holder.beat

    assert await download(holder, await holder.upload(piece())) == CONTENT


async def test_of_two_beginnings_at_once_one_is_kept(
    holder: LeaseHolder, blobs: InterruptedBlobs, folder: Path
) -> None:
    blobs.meanwhile = lambda: holder.upload(piece(0, 6))

    with goes_on_from(6):
        await holder.upload(piece(0, 4, b"xxxx"))

    assert await download(holder, await holder.upload(piece(6))) == CONTENT
    assert len(stored_files(folder)) == 1


async def test_of_two_whole_files_at_once_one_is_kept(
    holder: LeaseHolder, blobs: InterruptedBlobs, folder: Path
) -> None:
    blobs.meanwhile = lambda: holder.upload(piece())

    assert await download(holder, await holder.upload(piece())) == CONTENT
    assert len(stored_files(folder)) == 1


async def test_of_two_pieces_at_once_the_first_bytes_stay(
    holder: LeaseHolder, blobs: InterruptedBlobs
) -> None:
    await holder.upload(piece(0, 4))

    async def refused() -> None:
        with goes_on_from(4):
            await holder.upload(piece(4, 8, b"xxxxxxxx"))

    blobs.meanwhile = refused
    await holder.upload(piece(4, 8))

    assert await download(holder, await holder.upload(piece(8))) == CONTENT


async def test_an_upload_that_was_completed_while_it_was_checked_stays_complete(
    holder: LeaseHolder, blobs: InterruptedBlobs, rows: RowReader, folder: Path
) -> None:
    """The slower of two checks reads damaged bytes, and must not undo what the faster one did."""
    await holder.upload(piece(0, 4))

    async def complete_then_damage() -> None:
        await holder.upload(piece(10))
        (file,) = stored_files(folder)
        file.write_bytes(b"damaged...")

    async def damaged_check() -> None:
        blobs.meanwhile = complete_then_damage

    blobs.meanwhile = damaged_check
    progress = await holder.upload(piece(4))

    assert progress.artifact is not None
    assert (await rows.one(Artifact)).completed_at is not None


async def test_a_lease_that_ends_meanwhile_leaves_nothing(
    holder: LeaseHolder,
    blobs: InterruptedBlobs,
    folder: Path,
    rows: RowReader,
    stale: Callable[[str], Any],
) -> None:
    blobs.meanwhile = holder.hand_back

    with stale("LEASE_REVOKED"):
        await holder.upload(piece())

    assert (len(stored_files(folder)), await rows.all(Artifact)) == (0, [])


async def test_a_lease_may_store_only_so_many_artifacts(with_blobs: Factory, folder: Path) -> None:
    holder = await with_blobs.under(artifacts_max_count=2).running()
    await holder.log(0, b"a log is no artifact of the job's\n")
    for name in ("a", "b"):
        await holder.upload(piece(0, 4, name=name))

    with pytest.raises(PayloadTooLargeError, match="as many artifacts as it may"):
        await holder.upload(piece(0, 4, name="c"))

    assert (await holder.upload(piece(4, name="a"))).artifact is not None
    assert len(stored_files(folder)) == 3


async def test_a_lease_may_store_only_so_many_bytes(with_blobs: Factory) -> None:
    holder = await with_blobs.under(artifacts_max_bytes=25).running()
    await holder.upload(piece(name="a"))
    await holder.upload(piece(0, 1, name="b"))

    with pytest.raises(PayloadTooLargeError, match="larger together"):
        await holder.upload(piece(0, 1, name="c"))
