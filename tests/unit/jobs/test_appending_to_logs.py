"""Logs on both databases, with blob stores that are slow, broken or shared."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deltaci.artifacts.local import LocalBlobs
from deltaci.core import Core
from deltaci.errors import InvalidStateError, PayloadTooLargeError, UnavailableError
from deltaci.jobs.logs import open_log
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.row_reader import RowReader


class InterruptedBlobs(LocalBlobs):
    """Calls `meanwhile` once, after the next write has reached the disk."""

    meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        await super().write_at(key, offset, data)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()


@pytest.fixture
def blobs(tmp_path: Path) -> InterruptedBlobs:
    return InterruptedBlobs(tmp_path / "blobs")


@pytest.fixture
async def holder(factory: Factory, core: Core, blobs: InterruptedBlobs) -> LeaseHolder:
    factory = replace(factory, core=replace(core, blobs=blobs))
    return await factory.running()


async def text_of(holder: LeaseHolder) -> bytes:
    log = await open_log(holder.core, holder.granted.run_id, "build", None)
    return b"".join([chunk async for chunk in log.read(holder.core, 0, log.size_bytes)])


def ends_at(offset: int) -> Any:
    return pytest.raises(
        InvalidStateError, check=lambda error: error.details == {"next_offset": offset}
    )


async def test_a_log_grows_and_its_lines_are_counted(holder: LeaseHolder, rows: RowReader) -> None:
    assert (await holder.log(0, b"one\ntwo\nth")).next_offset == 10
    assert (await holder.log(10, b"ree\n")).next_offset == 14

    assert await text_of(holder) == b"one\ntwo\nthree\n"
    attempt = await rows.attempt(holder.granted.run_id)
    assert (attempt.log_bytes, attempt.log_lines) == (14, 3)


async def test_a_repeated_chunk_is_told_where_the_log_ends(holder: LeaseHolder) -> None:
    await holder.log(0, b"one\n")

    with ends_at(4):
        await holder.log(0, b"one\n")

    assert await text_of(holder) == b"one\n"


async def test_nothing_is_held_while_bytes_are_written(
    holder: LeaseHolder, blobs: InterruptedBlobs
) -> None:
    blobs.meanwhile = lambda: asyncio.wait_for(holder.beat(), 5)

    assert (await holder.log(0, b"one\n")).next_offset == 4


async def test_of_two_equal_appends_at_once_one_counts(
    holder: LeaseHolder, blobs: InterruptedBlobs, rows: RowReader
) -> None:
    blobs.meanwhile = lambda: holder.log(0, b"one\n")

    with ends_at(4):
        await holder.log(0, b"one\n")

    assert await text_of(holder) == b"one\n"
    assert (await rows.attempt(holder.granted.run_id)).log_lines == 1


async def test_of_two_appends_at_once_the_bytes_of_the_first_stay(
    holder: LeaseHolder, blobs: InterruptedBlobs
) -> None:
    async def refused() -> None:
        with pytest.raises(UnavailableError, match="another append is under way"):
            await holder.log(0, b"other\n")

    blobs.meanwhile = refused
    await holder.log(0, b"one\n")

    assert await text_of(holder) == b"one\n"
    with ends_at(4):
        await holder.log(0, b"other\n")


async def test_of_appends_of_different_length_at_once_the_counted_one_stays(
    holder: LeaseHolder, blobs: InterruptedBlobs
) -> None:
    blobs.meanwhile = lambda: holder.log(0, b"one\ntwo\n")

    with ends_at(8):
        await holder.log(0, b"one\n")

    assert await text_of(holder) == b"one\ntwo\n"


async def test_a_lease_that_ends_while_bytes_are_written_counts_for_nothing(
    holder: LeaseHolder,
    blobs: InterruptedBlobs,
    rows: RowReader,
    stale: Callable[[str], Any],
) -> None:
    blobs.meanwhile = holder.hand_back

    with stale("LEASE_REVOKED"):
        await holder.log(0, b"one\n")

    assert (await rows.attempt(holder.granted.run_id)).log_bytes == 0


async def test_the_next_lease_begins_an_empty_log(
    holder: LeaseHolder, factory: Factory, rows: RowReader
) -> None:
    await holder.log(0, b"of the first\n")
    await holder.hand_back()
    second = await replace(factory, core=holder.core).seek("runner-2")
    assert second is not None
    await second.ack()

    await second.log(0, b"of\nthe second\n")

    assert await text_of(second) == b"of\nthe second\n"
    assert (await rows.attempt(second.granted.run_id)).log_lines == 2


async def test_a_full_log_is_cut_and_says_so(factory: Factory) -> None:
    holder = await factory.under(log_max_bytes=5).running()

    assert (await holder.log(0, b"too long")).next_offset == 5
    with pytest.raises(PayloadTooLargeError, match="the log is full"):
        await holder.log(5, b"x")

    log = await open_log(holder.core, holder.granted.run_id, "build", None)
    assert (log.size_bytes, log.truncated) == (5, True)
