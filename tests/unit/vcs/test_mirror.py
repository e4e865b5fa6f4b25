import asyncio
import multiprocessing
from pathlib import Path

import pytest

from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.vcs.git import GitError, Mirror
from deltaci.vcs.git_remote import remote_commit
from deltaci.vcs.git_repository import run_git


@pytest.fixture
def source(git_repo: MakeRepository) -> GitRepository:
    return git_repo({"README.md": "one\n"}, name="source")


@pytest.fixture
async def mirror(source: GitRepository, tmp_path: Path) -> Mirror:
    mirror = Mirror(tmp_path / "mirrors" / "shop.git", timeout_seconds=30)
    await mirror.ensure(str(source.path))
    return mirror


async def test_every_kind_of_ref_is_resolved(source: GitRepository, mirror: Mirror) -> None:
    head = source.head
    source.git("tag", "light")
    source.git("tag", "--annotate", "v1", "--message=one")
    source.git("update-ref", "refs/pull/7/head", head)
    refs = ["main", "refs/heads/main", "light", "v1", "refs/tags/v1", "HEAD", head]

    for ref in [*refs, "refs/pull/7/head", "pull/7/head"]:
        assert await mirror.resolve(str(source.path), ref) == head
        if ref != head:
            assert await remote_commit(str(source.path), ref, 30) == head


async def test_a_branch_wins_over_a_tag_of_the_same_name(
    source: GitRepository, mirror: Mirror
) -> None:
    source.git("tag", "next")
    source.branch("next")
    head = source.commit({"x": "1"})

    assert await mirror.resolve(str(source.path), "next") == head
    assert await remote_commit(str(source.path), "next", 30) == head


@pytest.mark.parametrize(
    "ref",
    [
        "gone",
        "",
        "-x",
        "--upload-pack=touch /tmp/x",
        "a..b",
        "main~1",
        "main^",
        "a b",
        "a\nb",
        "@{1}",
        "x.lock",
        "a//b",
        "/a",
        "b" * 40,
    ],
)
async def test_what_names_no_commit_is_refused(
    source: GitRepository, mirror: Mirror, ref: str
) -> None:
    with pytest.raises(GitError):
        await mirror.resolve(str(source.path), ref)


@pytest.mark.parametrize(
    "address",
    [
        "ext::sh -c touch% /tmp/x",
        "--upload-pack=x",
        "relative/path",
        "https://host/\nx",
        "fd::17",
        "",
        "ftp://host/x",
    ],
)
async def test_addresses_of_other_kinds_are_refused(mirror: Mirror, address: str) -> None:
    with pytest.raises(GitError, match="must be an absolute path or"):
        await mirror.fetch(address, "a" * 40)


async def test_a_fetched_commit_is_kept_and_costs_nothing_again(
    source: GitRepository, mirror: Mirror
) -> None:
    sha = source.commit({"a": "1"})
    await mirror.fetch(str(source.path), sha)
    source.path.rename(source.path.with_name("gone"))

    await mirror.fetch(str(source.path), sha)

    assert sorted((await mirror.tree(sha)).entries) == ["README.md", "a"]
    await run_git(["-C", str(mirror.path), "gc", "--quiet", "--prune=now"], 30)
    assert await mirror.has_commit(sha)
    assert await mirror.first_parent(sha) is not None


async def test_a_commit_that_no_branch_reaches_any_more_is_fetched_by_id(
    source: GitRepository, mirror: Mirror
) -> None:
    lost = source.commit({"a": "1"})
    source.git("reset", "--quiet", "--hard", "HEAD~1")

    await mirror.fetch(str(source.path), lost)

    assert await mirror.has_commit(lost)


async def test_history_is_brought_after_a_shallow_fetch(
    source: GitRepository, mirror: Mirror
) -> None:
    first = source.head
    sha = source.commit({"a": "1"})
    await mirror.fetch(str(source.path), sha, history=False)
    assert not await mirror.has_commit(first)

    await mirror.fetch(str(source.path), sha)

    assert await mirror.has_commit(first)
    assert await mirror.merge_base(first, sha) == first


async def test_where_two_histories_parted(source: GitRepository, mirror: Mirror) -> None:
    parted = source.head
    ours = source.commit({"a": "1"})
    source.git("switch", "--quiet", "--detach", parted)
    theirs = source.commit({"b": "1"})
    source.git("switch", "--quiet", "--orphan", "unrelated")
    unrelated = source.commit({"c": "1"})
    for sha in (ours, theirs, unrelated):
        await mirror.fetch(str(source.path), sha)

    assert await mirror.merge_base(ours, theirs) == parted
    assert await mirror.merge_base(parted, ours) == parted
    assert await mirror.merge_base(ours, unrelated) is None
    with pytest.raises(GitError, match="Not a valid commit"):
        await mirror.merge_base(ours, "b" * 40)


async def test_a_commit_that_is_nowhere_is_refused(source: GitRepository, mirror: Mirror) -> None:
    with pytest.raises(GitError, match=r"commit b+ cannot be fetched"):
        await mirror.fetch(str(source.path), "b" * 40, ref="refs/heads/main")


async def test_many_callers_fetch_at_once(source: GitRepository, mirror: Mirror) -> None:
    shas = [source.commit({"a": str(index)}) for index in range(5)]

    await asyncio.gather(*(mirror.fetch(str(source.path), sha) for sha in shas * 4))

    assert all([await mirror.has_commit(sha) for sha in shas])


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def fetch_in_another_process(path: Path, address: str, sha: str) -> None:
    async def fetch() -> None:
        mirror = Mirror(path, timeout_seconds=30)
        await mirror.ensure(address)
        await mirror.fetch(address, sha)

    asyncio.run(fetch())


async def test_several_processes_create_and_fetch_at_once(
    source: GitRepository, tmp_path: Path
) -> None:
    path = tmp_path / "shared.git"
    arguments = [(path, str(source.path), source.head)] * 4
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        await asyncio.to_thread(pool.starmap, fetch_in_another_process, arguments)

    assert await Mirror(path, timeout_seconds=30).has_commit(source.head)
    assert names_in(tmp_path) == {"shared.git", "source"}


async def test_nothing_of_the_sources_own_settings_runs(
    source: GitRepository, mirror: Mirror, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    for hook in ("post-checkout", "reference-transaction", "pre-receive", "post-upload-pack"):
        script = source.path / ".git/hooks" / hook
        script.write_text(f"#!/bin/sh\ntouch {trap}\n")
        script.chmod(0o755)
    for name in (
        "uploadpack.packObjectsHook",
        "core.fsmonitor",
        "diff.external",
    ):
        source.git("config", name, f"touch {trap}")
    sha = source.commit({"a": "1"})
    trap.unlink(missing_ok=True)

    await mirror.fetch(str(source.path), sha)
    await mirror.diff(await mirror.first_parent(sha), sha)
    content = (await mirror.tree(sha)).read_many(["a"])

    assert content == {"a": b"1"}
    assert not trap.exists()


async def test_a_broken_mirror_never_becomes_the_repository_around_it(
    git_repo: MakeRepository,
) -> None:
    around = git_repo({"secret": "1"}, name="around")
    inside = around.path / ".delta-ci/mirrors/shop.git"
    inside.mkdir(parents=True)

    with pytest.raises(GitError, match="not a git repository"):
        await Mirror(inside, timeout_seconds=10).tree(around.head)
