import os
from pathlib import Path

import pytest

from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.vcs.git import Mirror
from deltaci.vcs.git_repository import run_git
from deltaci.vcs.git_upkeep import EVERY_SECONDS, tidy, tidy_mirrors

LONG_AGO = "2020-01-01"


@pytest.fixture
def source(git_repo: MakeRepository) -> GitRepository:
    return git_repo({"README.md": "one\n"}, name="source")


@pytest.fixture
async def mirror(source: GitRepository, tmp_path: Path) -> Mirror:
    mirror = Mirror(tmp_path / "mirrors" / "shop.git", timeout_seconds=30)
    await mirror.ensure(str(source.path))
    return mirror


async def git(mirror: Mirror, *arguments: str) -> str:
    return (await run_git([*mirror.place, *arguments], 30)).stdout.decode()


async def kept_on(mirror: Mirror, sha: str) -> list[str]:
    listed = await git(mirror, "for-each-ref", "--format=%(refname)", "refs/delta-ci/commits")
    return [name.split("/")[3] for name in listed.split() if name.endswith(sha)]


async def fetched_long_ago(mirror: Mirror, source: GitRepository) -> str:
    """Fetch a commit of a branch that is then deleted, and make all of it old."""
    source.branch("topic")
    sha = source.commit({"topic": "1"})
    await mirror.fetch(str(source.path), sha)
    source.switch("main")
    source.git("branch", "--quiet", "-D", "topic")
    (day,) = await kept_on(mirror, sha)
    await git(mirror, "update-ref", f"refs/delta-ci/commits/{LONG_AGO}/{sha}", sha)
    await git(mirror, "update-ref", "-d", f"refs/delta-ci/commits/{day}/{sha}")
    for file in mirror.path.rglob("objects/*/*"):
        file.chmod(0o600)
        os.utime(file, (0, 0))
    return sha


async def test_what_nobody_asks_for_is_forgotten(source: GitRepository, mirror: Mirror) -> None:
    old = await fetched_long_ago(mirror, source)
    recent = source.commit({"a": "1"})
    await mirror.fetch(str(source.path), recent)

    await tidy(mirror, keep_days=30)

    assert not await mirror.has_commit(old)
    assert await mirror.has_commit(recent)


async def test_a_commit_that_is_asked_for_again_is_kept(
    source: GitRepository, mirror: Mirror
) -> None:
    old = await fetched_long_ago(mirror, source)
    await mirror.fetch(str(source.path), old)

    await tidy(mirror, keep_days=30)

    assert await mirror.has_commit(old)
    assert LONG_AGO not in await kept_on(mirror, old)


async def test_refs_and_objects_are_packed(source: GitRepository, mirror: Mirror) -> None:
    shas = [source.commit({"a": str(number)}) for number in range(5)]
    for sha in shas:
        await mirror.fetch(str(source.path), sha)

    await tidy(mirror, keep_days=30)

    assert [path for path in (mirror.path / "refs").rglob("*") if path.is_file()] == []
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) == 1
    for sha in shas:
        await mirror.fetch("/nowhere", sha)


async def test_a_mirror_is_tidied_once_a_day(source: GitRepository, mirror: Mirror) -> None:
    await mirror.fetch(str(source.path), source.head)
    folder = mirror.path.parent

    assert await tidy_mirrors(folder, 30, 30) == 0
    os.utime(mirror.path / "HEAD", (0, mirror.path.stat().st_mtime - 2 * EVERY_SECONDS))
    assert await tidy_mirrors(folder, 30, 30) == 1
    assert await tidy_mirrors(folder, 30, 30) == 0


async def test_a_broken_mirror_does_not_stop_the_others(mirror: Mirror) -> None:
    folder = mirror.path.parent
    (folder / "a.git").mkdir()
    (folder / "a.git" / "HEAD").write_text("nonsense")
    for path in folder.glob("*.git"):
        os.utime(path / "HEAD", (0, 0))

    assert await tidy_mirrors(folder, 30, 30) == 2
    assert (mirror.path / "delta-ci.tidied").exists()
