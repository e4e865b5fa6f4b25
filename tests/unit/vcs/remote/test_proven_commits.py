"""Whose commits count: a server has more than a repository's own."""

from pathlib import Path

import pytest

from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.testing.git_server import GitServer
from deltaci.testing.repositories import GitRepository
from deltaci.vcs.commits import MirroredCommits
from deltaci.vcs.git import Mirror


@pytest.fixture
def stranger(shop: GitRepository) -> str:
    """A commit that a fork proposes: the server has it, no branch or tag does."""
    shop.branch("proposal")
    sha = shop.commit({"evil": "1"})
    shop.git("update-ref", "refs/pull/7/head", sha)
    shop.switch("main")
    shop.git("branch", "--quiet", "-D", "proposal")
    return sha


@pytest.mark.parametrize("ref", ["main", "refs/heads/main", "refs/pull/7/head", "pull/7/head", ""])
async def test_a_commit_of_a_fork_does_not_count_as_the_repositorys(
    commits: MirroredCommits, stranger: str, ref: str
) -> None:
    with pytest.raises(InvalidRequestError, match="no branch or tag of the repository contains"):
        await commits.bring(stranger, ref or stranger)


async def test_a_fork_that_was_looked_at_proves_nothing(
    commits: MirroredCommits, stranger: str
) -> None:
    await commits.bring(stranger, "refs/pull/7/head", vouched=True)
    assert "evil" in (await commits.tree(stranger)).entries

    with pytest.raises(InvalidRequestError, match="no branch or tag"):
        await commits.bring(stranger, stranger)


@pytest.mark.parametrize("serves_ids", [True, False])
async def test_commits_below_branches_and_tags_count(
    commits: MirroredCommits, shop: GitRepository, server: GitServer, serves_ids: bool
) -> None:
    server.serves_ids = serves_ids
    first, second = shop.head, shop.commit({"a": "1"})
    shop.branch("side")
    tagged = shop.commit({"b": "1"})
    shop.git("tag", "--annotate", "v1", "--message=one")
    shop.switch("main")
    shop.git("branch", "--quiet", "-D", "side")

    await commits.bring(first, first)
    await commits.bring(second, "main")
    await commits.bring(tagged, "v1")

    assert await commits.merge_base(tagged, second) == second


async def test_only_the_named_branch_is_fetched_when_it_is_proof_enough(
    commits: MirroredCommits, shop: GitRepository, tmp_path: Path
) -> None:
    shop.branch("large")
    other = shop.commit({"large": "x"})
    shop.switch("main")

    await commits.bring(shop.head, "main")

    (mirror,) = (tmp_path / "mirrors").iterdir()
    assert not await Mirror(mirror, timeout_seconds=10).has_commit(other)


async def test_a_branch_that_took_anothers_name_as_its_folder(
    commits: MirroredCommits, shop: GitRepository
) -> None:
    shop.branch("next")
    await commits.bring(shop.commit({"a": "1"}), "next")
    shop.switch("main")
    shop.git("branch", "--quiet", "-D", "next")
    shop.branch("next/step")

    moved = shop.commit({"b": "1"})
    await commits.bring(moved, "next/step")

    assert "b" in (await commits.tree(moved)).entries


async def test_a_push_that_was_forced_away_counts_when_it_is_vouched_for(
    commits: MirroredCommits, shop: GitRepository, server: GitServer
) -> None:
    lost = shop.commit({"a": "1"})
    shop.git("reset", "--quiet", "--hard", "HEAD~1")
    server.serves_ids = False
    with pytest.raises(UnavailableError):
        await commits.bring(lost, "refs/heads/main", vouched=True)

    server.serves_ids = True
    with pytest.raises(InvalidRequestError, match="no branch or tag"):
        await commits.bring(lost, "refs/heads/main")
    await commits.bring(lost, "refs/heads/main", vouched=True)

    assert "a" in (await commits.tree(lost)).entries


async def test_what_was_seen_on_a_branch_still_counts_after_the_server_is_gone(
    commits: MirroredCommits, shop: GitRepository
) -> None:
    first = shop.head
    await commits.bring(shop.commit({"a": "1"}), "main")
    shop.path.rename(shop.path.with_name("gone"))

    await commits.bring(first, first)
    with pytest.raises(UnavailableError):
        await commits.bring("a" * 40, "main")
