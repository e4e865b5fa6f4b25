"""Slow, hostile and forbidden addresses: nobody else waits, and nothing is learnt from errors."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deltaci.addresses import AddressRules
from deltaci.admission import Admission
from deltaci.artifacts.local import LocalBlobs
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.settings import Settings
from deltaci.testing.repositories import MakeRepository
from deltaci.vcs.commits import REMOTE_FAILURE, Access, MirroredTree, MirrorSource
from deltaci.vcs.git_repository import Repository

LIMIT = 6


def access(folder: Path, *, seconds: float = 30, hosts: str = "127.0.0.1") -> Access:
    settings = Settings(data_dir=folder / "data", git_hosts=hosts, local_repositories="any")
    return Access(AddressRules.of(settings), Admission(LIMIT, "looking up of refs"), seconds)


@pytest.fixture
def tar_pit() -> Iterator[str]:
    """The address of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/shop"


@contextlib.asynccontextmanager
async def many_lookups(source: MirrorSource, url: str) -> AsyncIterator[list[asyncio.Task[str]]]:
    tasks = [asyncio.create_task(source("shop", url).resolve("main")) for _ in range(LIMIT)]
    await asyncio.sleep(0)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_lookup_too_many_is_refused_at_once(tar_pit: str, tmp_path: Path) -> None:
    source = MirrorSource(tmp_path, 30, access(tmp_path))

    async with many_lookups(source, tar_pit):
        with pytest.raises(UnavailableError, match="too much looking up of refs is under way"):
            await asyncio.wait_for(source("shop", tar_pit).resolve("main"), 5)


async def test_slow_lookups_hold_up_nothing_else(
    tar_pit: str, tmp_path: Path, git_repo: MakeRepository
) -> None:
    repo = git_repo({"a": "1"})
    source = MirrorSource(tmp_path, 30, access(tmp_path))

    async with many_lookups(source, tar_pit), asyncio.timeout(10):
        await LocalBlobs(tmp_path / "blobs").write_at("log.txt", 0, b"x")
        await asyncio.gather(*(asyncio.to_thread(int) for _ in range(LIMIT)))
        await source("other", str(repo.path)).bring(repo.head, "main")


async def test_a_lookup_ends_in_time(tar_pit: str, tmp_path: Path) -> None:
    source = MirrorSource(tmp_path, 30, access(tmp_path, seconds=0.2))

    for _ in range(LIMIT + 1):
        with pytest.raises(UnavailableError, match=r"took longer than 0\.2 s"):
            await source("shop", tar_pit).resolve("main")


async def test_a_servers_complaint_is_not_for_callers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"git://127.0.0.1:{server.getsockname()[1]}/shop"
    commits = MirrorSource(tmp_path, 30, access(tmp_path))("shop", closed)

    with pytest.raises(InvalidRequestError) as looked_up:
        await commits.resolve("main")
    with pytest.raises(UnavailableError) as brought:
        await commits.bring("a" * 40, "main")

    assert looked_up.value.message == brought.value.message == REMOTE_FAILURE


async def test_an_address_is_checked_again_whenever_it_is_used(tmp_path: Path) -> None:
    commits = MirrorSource(tmp_path, 30, access(tmp_path, hosts=""))("shop", "https://127.0.0.1/x")

    for attempt in (commits.resolve("main"), commits.bring("a" * 40, "main")):
        with pytest.raises(InvalidRequestError, match="must have public addresses"):
            await attempt


async def test_a_tree_that_cannot_be_read_fails_in_our_terms(
    git_repo: MakeRepository, tmp_path: Path
) -> None:
    repo = git_repo({"a": "1"})
    tree = await Repository(repo.path, timeout_seconds=10).tree(repo.head)
    repo.path.rename(tmp_path / "gone")

    with pytest.raises(InvalidRequestError):
        MirroredTree(tree).read_many(["a"])
