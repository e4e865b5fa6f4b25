"""Every blob store keeps the port's promises: the local folder, and objects in memory and files."""

import asyncio
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import LocalStore, MemoryStore

from deltaci.artifacts.local import LocalBlobs
from deltaci.artifacts.objects import ObjectBlobs
from deltaci.artifacts.port import READ_CHUNK_BYTES, BlobStore
from deltaci.errors import InvalidStateError, UnavailableError

KEY = "runs/run_1/log.txt"
MAKERS: dict[str, Callable[[Path], BlobStore]] = {
    "folder": LocalBlobs,
    "objects in memory": lambda _folder: ObjectBlobs("memory:///", MemoryStore()),
    "objects in files": lambda folder: ObjectBlobs("file:///", LocalStore(str(folder), mkdir=True)),
}


@pytest.fixture(params=MAKERS)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return MAKERS[request.param](tmp_path / "blobs")


async def content(blobs: BlobStore, start: int = 0, end: int = 10**9, key: str = KEY) -> bytes:
    return b"".join([chunk async for chunk in blobs.read(key, start, end)])


async def test_what_is_appended_is_read_by_range(blobs: BlobStore) -> None:
    for offset, data in [(0, b"hello"), (5, b", "), (7, b""), (7, b"world")]:
        await blobs.write_at(KEY, offset, data)

    assert await content(blobs) == b"hello, world"
    assert await content(blobs, 3, 9) == b"lo, wo"
    assert await content(blobs, 5, 7) == b", "
    assert await content(blobs, 12, 20) == b""


async def test_large_blobs_come_in_chunks(blobs: BlobStore) -> None:
    data = bytes(range(256)) * (READ_CHUNK_BYTES // 100)
    await blobs.write_at(KEY, 0, data)

    chunks = [chunk async for chunk in blobs.read(KEY, 1, len(data))]

    assert max(map(len, chunks)) <= READ_CHUNK_BYTES
    assert b"".join(chunks) == data[1:]


async def test_a_blob_that_is_not_there_has_nothing(blobs: BlobStore) -> None:
    assert await content(blobs) == b""
    await blobs.discard(KEY)


async def test_repeating_a_write_is_harmless(blobs: BlobStore) -> None:
    for _ in range(2):
        await blobs.write_at(KEY, 0, b"abc")

    assert await content(blobs) == b"abc"


async def test_a_repetition_may_be_cut_differently(blobs: BlobStore) -> None:
    await blobs.write_at(KEY, 0, b"abcd")
    await blobs.write_at(KEY, 0, b"abcdefgh")
    await blobs.write_at(KEY, 0, b"ab")
    await blobs.write_at(KEY, 2, b"cdefghij")

    assert await content(blobs) == b"abcdefghij"


async def test_the_bytes_that_came_first_stay(blobs: BlobStore) -> None:
    await blobs.write_at(KEY, 0, b"winner")

    with pytest.raises(InvalidStateError, match="other bytes are stored here"):
        await blobs.write_at(KEY, 0, b"another one")

    assert await content(blobs) == b"winner"


async def test_of_many_writers_at_once_one_wins_whole(blobs: BlobStore) -> None:
    wishes = [bytes([65 + number]) * 50_000 for number in range(8)]

    ends = await asyncio.gather(
        *(blobs.write_at(KEY, 0, wish) for wish in wishes), return_exceptions=True
    )

    won = [wish for wish, end in zip(wishes, ends, strict=True) if end is None]
    assert won == [await content(blobs)]


async def test_what_is_discarded_is_gone(blobs: BlobStore) -> None:
    await blobs.write_at(KEY, 0, b"abc")
    await blobs.write_at(KEY, 3, b"def")
    await blobs.write_at("runs/run_1/log.txt2", 0, b"other")

    await blobs.discard(KEY)

    assert await content(blobs) == b""
    assert await content(blobs, key="runs/run_1/log.txt2") == b"other"


async def test_an_object_that_vanished_is_an_outage() -> None:
    store = MemoryStore()
    blobs = ObjectBlobs("memory:///", store)
    for offset, data in [(0, b"abc"), (3, b"def"), (6, b"ghi")]:
        await blobs.write_at(KEY, offset, data)
    await store.delete_async(f"{KEY}/000000000000003")

    with pytest.raises(UnavailableError, match="a part of this blob is missing"):
        await content(blobs)


async def test_an_object_that_vanishes_while_it_is_read_is_an_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    blobs = ObjectBlobs("memory:///", store)
    await blobs.write_at(KEY, 0, b"abc")
    listed = await blobs._objects(KEY)
    await store.delete_async(f"{KEY}/000000000000000")

    async def stale_list(_key: str) -> list[object]:
        return list(listed)

    monkeypatch.setattr(blobs, "_objects", stale_list)
    with pytest.raises(UnavailableError, match="the blob store does not answer as it should"):
        await content(blobs)


async def test_a_folder_that_cannot_be_used_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("not a folder")

    with pytest.raises(UnavailableError):
        await LocalBlobs(tmp_path / "blobs").write_at(KEY, 0, b"abc")


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "", "a/../../x"])
async def test_a_key_never_leaves_its_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="never leaves"):
        await LocalBlobs(tmp_path).write_at(key, 0, b"abc")


def _write_from_a_process(folder: Path, letter: int) -> bool:
    try:
        asyncio.run(LocalBlobs(folder).write_at(KEY, 0, bytes([letter]) * 3_000_000))
    except InvalidStateError:
        return False
    return True


async def test_processes_do_not_write_over_each_other(tmp_path: Path) -> None:
    arguments = [(tmp_path, letter) for letter in b"abcd"]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        won = await asyncio.to_thread(pool.starmap, _write_from_a_process, arguments)

    stored = await content(LocalBlobs(tmp_path))
    assert won.count(True) == 1
    assert set(stored) == {b"abcd"[won.index(True)]}
