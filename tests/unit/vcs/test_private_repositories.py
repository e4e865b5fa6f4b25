"""What a server of private repositories is told, and what it is believed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deltaci.addresses import AddressRules
from deltaci.admission import Admission
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.settings import Settings
from deltaci.testing.git_server import GitServer, basic, serving_git
from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.vcs.commits import REMOTE_FAILURE, Access, MirroredCommits, MirrorSource
from deltaci.vcs.git import Mirror
from deltaci.vcs.git_process import GitCommand
from deltaci.vcs.port import ForgeRefusedError, ForgeUnavailableError, GitCredential

CREDENTIAL = GitCredential("x-access-token", "s3cret-of-the-forge")
NAME = "shop/.git"


@pytest.fixture
def shop(git_repo: MakeRepository) -> GitRepository:
    return git_repo({"README.md": "one\n"}, name="shop")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with serving_git(GitServer(tmp_path, CREDENTIAL)) as server:
        yield server


class Credentials:
    """Gives one credential to everybody, and remembers who asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: GitCredential | Exception | None = CREDENTIAL

    async def __call__(self, repo_id: str, url: str) -> GitCredential | None:
        self.asked.append((repo_id, url))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def credentials() -> Credentials:
    return Credentials()


def source(tmp_path: Path, credentials: Credentials, hosts: str = "127.0.0.1") -> MirrorSource:
    settings = Settings(data_dir=tmp_path / "data", git_hosts=hosts, local_repositories="any")
    rules = AddressRules.of(settings)
    access = Access(rules, Admission(9, "looking up of refs"), 30, credentials)
    return MirrorSource(tmp_path / "mirrors", 30, access)


@pytest.fixture
def commits(
    server: GitServer, shop: GitRepository, tmp_path: Path, credentials: Credentials
) -> MirroredCommits:
    assert shop.head
    return source(tmp_path, credentials)("acme/shop", server.url(NAME))


async def test_a_private_repository_is_read_with_its_credential(
    commits: MirroredCommits, shop: GitRepository, server: GitServer, credentials: Credentials
) -> None:
    head = await commits.resolve("main")
    await commits.bring(head, "main")

    assert head == shop.head
    assert list((await commits.tree(head)).entries) == ["README.md"]
    assert {asked.authorization for asked in server.asked} == {basic(CREDENTIAL)}
    assert set(credentials.asked) == {("acme/shop", server.url(NAME))}


async def test_a_credential_is_asked_for_only_to_go_over_the_network(
    commits: MirroredCommits, shop: GitRepository, server: GitServer, credentials: Credentials
) -> None:
    await commits.bring(shop.head, "main")
    credentials.asked.clear()
    server.asked.clear()

    await commits.bring(shop.head, "main")
    await commits.tree(shop.head)
    await commits.first_parent(shop.head)

    assert (credentials.asked, server.asked) == ([], [])


async def test_a_credential_is_neither_kept_nor_given_to_other_commands(
    commits: MirroredCommits, shop: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    _watch_git(tmp_path, seen, monkeypatch)
    with capture_logs() as logs:
        await commits.bring(shop.head, "main")
        await commits.tree(shop.head)

    told = [line for line in seen.read_text().splitlines() if "Authorization" in line]
    kept = b"".join(f.read_bytes() for f in (tmp_path / "mirrors").rglob("*") if f.is_file())
    assert told
    assert all(line.startswith("GIT_CONFIG_VALUE_") for line in told)
    assert seen.read_text().count("arguments:") > len(told)
    assert CREDENTIAL.password.encode() not in kept
    assert basic(CREDENTIAL).split()[1].encode() not in kept
    assert CREDENTIAL.password not in repr(logs)


def _watch_git(folder: Path, seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note the arguments and the environment of every git command that we start."""
    real = subprocess.run(["/bin/sh", "-c", "command -v git"], capture_output=True, check=True)
    program = folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n{{ echo "arguments: $*"; env; }} >> {seen}\n'
        f'exec {real.stdout.decode().strip()} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


async def test_a_server_that_repeats_a_credential_does_not_get_it_into_our_log(
    commits: MirroredCommits, server: GitServer
) -> None:
    server.tells_secrets = True

    with capture_logs() as logs, pytest.raises(InvalidRequestError) as refused:
        await commits.resolve("main")

    assert refused.value.message == REMOTE_FAILURE
    assert "403" in repr(logs)
    assert basic(CREDENTIAL).split()[1] not in repr(logs) + repr(refused.value.__cause__)


async def test_what_a_server_repeats_is_taken_out_of_gits_complaint(
    server: GitServer, tmp_path: Path, credentials: Credentials
) -> None:
    server.tells_secrets = True
    url = server.url(NAME)
    login = await source(tmp_path, credentials)._access.login("acme/shop", url)

    finished = GitCommand(["ls-remote", url], 10, login=login).run()

    assert b"remote: Basic ***" in finished.stderr
    assert basic(CREDENTIAL) not in repr(login) + repr(finished)


@pytest.mark.parametrize(
    ("url", "hosts", "logs_in"),
    [
        ("https://forge.test/shop.git", "", True),
        ("http://forge.test/shop.git", "forge.test", True),
        ("http://forge.test/shop.git", "", False),
        ("http://forge.test/shop.git", "other.test", False),
        ("git://forge.test/shop.git", "forge.test", False),
        ("ssh://git@forge.test/shop.git", "forge.test", False),
        ("git@forge.test:shop.git", "forge.test", False),
        ("/srv/shop.git", "", False),
    ],
)
async def test_what_a_credential_may_be_sent_over(
    url: str, hosts: str, logs_in: bool, tmp_path: Path, credentials: Credentials
) -> None:
    login = await source(tmp_path, credentials, hosts)._access.login("acme/shop", url)

    assert bool(login.settings) == logs_in
    assert bool(credentials.asked) == logs_in


async def test_a_credential_is_for_one_server(tmp_path: Path, credentials: Credentials) -> None:
    access = source(tmp_path, credentials)._access
    login = await access.login("acme/shop", "https://forge.test:8443/shop.git")

    assert list(login.settings) == ["http.https://forge.test:8443/.extraHeader"]


async def test_without_a_credential_a_private_repository_is_as_good_as_absent(
    commits: MirroredCommits, shop: GitRepository, credentials: Credentials
) -> None:
    credentials.answer = None

    with pytest.raises(InvalidRequestError, match=REMOTE_FAILURE):
        await commits.resolve("main")
    with pytest.raises(UnavailableError, match=REMOTE_FAILURE):
        await commits.bring(shop.head, "main")


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        (ForgeUnavailableError("the forge answered 502: x"), UnavailableError),
        (ForgeRefusedError("the forge answered 401: x"), InvalidRequestError),
    ],
)
async def test_trouble_with_the_forge_is_told_in_our_terms(
    commits: MirroredCommits, credentials: Credentials, trouble: Exception, raised: type[Exception]
) -> None:
    credentials.answer = trouble

    with pytest.raises(raised, match=REMOTE_FAILURE):
        await commits.resolve("main")


# Whose commits count.


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
