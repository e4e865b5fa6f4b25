"""What serves a commit is bounded, ends when nobody listens, and leaves nothing behind."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deltaci.testing.hanging_git import HangingGit
from deltaci.testing.repositories import GitRepository
from deltaci.vcs import git_serve
from deltaci.vcs.git import GitError, Mirror
from deltaci.vcs.git_serve import CommitServer


@pytest.fixture
async def mirror(shop: GitRepository, tmp_path: Path) -> Mirror:
    mirror = Mirror(tmp_path / "mirrors" / "shop.git", timeout_seconds=30)
    await mirror.ensure(str(shop.path))
    await mirror.fetch(str(shop.path), shop.head)
    return mirror


async def served(mirror: Mirror, sha: str, turns: int = 1) -> CommitServer:
    return CommitServer(mirror, await mirror.kept_ref(sha), asyncio.Semaphore(turns))


@pytest.fixture
def hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], HangingGit]:
    """From now on every git hangs, after its first words."""

    def begin() -> HangingGit:
        git = HangingGit.create(tmp_path / "bin", says="0008NAK")
        monkeypatch.setenv("PATH", git.path)
        return git

    return begin


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process is what changes
            await asyncio.sleep(0.01)


async def test_closing_an_answer_ends_git_and_frees_its_turn(
    mirror: Mirror, shop: GitRepository, hang: Callable[[], HangingGit]
) -> None:
    server = await served(mirror, shop.head)
    git = hang()

    async with aclosing(server.answer(b"0000")) as parts:
        assert await anext(parts) == b"0008NAK"
        assert server.turns.locked()

    await until(lambda: git.is_gone)
    assert not server.turns.locked()


async def test_cancelling_who_reads_ends_git(
    mirror: Mirror, shop: GitRepository, hang: Callable[[], HangingGit]
) -> None:
    server = await served(mirror, shop.head)
    git = hang()

    async def read() -> None:
        async with aclosing(server.answer(b"0000")) as parts:
            async for _part in parts:
                pass

    reading = asyncio.create_task(read())
    await until(lambda: git.has_started)
    reading.cancel()
    await asyncio.wait({reading})

    await until(lambda: git.is_gone)
    assert not server.turns.locked()


async def test_an_answer_that_nobody_takes_ends_in_time(
    mirror: Mirror, shop: GitRepository, hang: Callable[[], HangingGit]
) -> None:
    server = await served(mirror, shop.head)
    mirror.timeout_seconds = 0.3
    git = hang()

    async with aclosing(server.answer(b"0000")) as parts:
        await anext(parts)
        await until(lambda: git.is_gone)  # though nothing more is asked for


async def test_an_answer_that_is_too_large_is_cut(
    mirror: Mirror, shop: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_serve, "ANSWER_MAX_BYTES", 1)
    server = await served(mirror, shop.head)
    request = f"0032want {shop.head}\n00000009done\n".encode()

    with capture_logs() as logs:
        parts = [part async for part in server.answer(request)]

    assert parts == []
    assert [entry["event"] for entry in logs] == ["checkout_too_large"]


async def test_who_comes_when_all_turns_are_taken_is_told_in_time(
    mirror: Mirror, shop: GitRepository
) -> None:
    server = await served(mirror, shop.head, turns=0)
    mirror.timeout_seconds = 0.1

    said = b"".join([part async for part in server.answer(b"0000")])

    assert said.startswith(f"{len(said):04x}ERR too many checkouts".encode())


async def test_a_refusal_is_logged_on_one_clean_line(mirror: Mirror, shop: GitRepository) -> None:
    server = await served(mirror, shop.head)

    with capture_logs() as logs:
        said = [part async for part in server.answer(f"0032want {'b' * 40}\n0000".encode())]

    assert b"not our ref" in b"".join(said)
    assert [entry["event"] for entry in logs] == ["checkout_not_served"]
    assert "not our ref" in logs[0]["error"]


async def test_what_was_never_brought_is_not_served(mirror: Mirror) -> None:
    with pytest.raises(GitError, match="is not kept here"):
        await mirror.kept_ref("b" * 40)
