"""Who is told a repository's credential, and who is not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.testing.git_server import GitServer, KnownCredentials, basic
from deltaci.testing.repositories import GitRepository
from deltaci.testing.watched_git import WatchedGit
from deltaci.vcs.commits import REMOTE_FAILURE, Access, MirroredCommits
from deltaci.vcs.git_process import GitCommand
from deltaci.vcs.port import ForgeRefusedError, ForgeUnavailableError

NAME = "shop/.git"
MakeAccess = Callable[[str], Access]


@pytest.fixture
def secrets(credentials: KnownCredentials) -> list[str]:
    """What nobody but the server may see: the password, as it is and as it goes over the wire."""
    assert credentials.known is not None
    return [credentials.known.password, basic(credentials.known).split()[1]]


async def test_a_private_repository_is_read_with_its_credential(
    commits: MirroredCommits,
    shop: GitRepository,
    server: GitServer,
    credentials: KnownCredentials,
    secrets: list[str],
) -> None:
    head = await commits.resolve("main")
    await commits.bring(head, "main")

    assert head == shop.head
    assert list((await commits.tree(head)).entries) == ["README.md"]
    assert {asked.authorization for asked in server.asked} == {f"Basic {secrets[1]}"}
    assert set(credentials.asked) == {("acme/shop", server.url(NAME))}


async def test_a_credential_is_asked_for_only_to_go_over_the_network(
    commits: MirroredCommits, shop: GitRepository, server: GitServer, credentials: KnownCredentials
) -> None:
    await commits.bring(shop.head, "main")
    credentials.asked.clear()
    server.asked.clear()

    await commits.bring(shop.head, "main")
    await commits.tree(shop.head)
    await commits.first_parent(shop.head)

    assert (credentials.asked, server.asked) == ([], [])


async def test_a_credential_is_neither_kept_nor_given_to_other_commands(
    commits: MirroredCommits,
    shop: GitRepository,
    secrets: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    git = WatchedGit.create(tmp_path / "bin")
    monkeypatch.setenv("PATH", git.path)
    with capture_logs() as logs:
        await commits.bring(shop.head, "main")
        await commits.tree(shop.head)

    told = [line for line in git.variables if "Authorization" in line]
    kept = b"".join(f.read_bytes() for f in (tmp_path / "mirrors").rglob("*") if f.is_file())
    assert 0 < len(told) < len(git.commands)
    assert all(line.startswith("GIT_CONFIG_VALUE_") for line in told)
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in repr((git.commands, logs))


async def test_a_server_that_repeats_a_credential_does_not_get_it_into_our_log(
    commits: MirroredCommits, server: GitServer, secrets: list[str]
) -> None:
    server.tells_secrets = True

    with capture_logs() as logs, pytest.raises(InvalidRequestError) as refused:
        await commits.resolve("main")

    assert refused.value.message == REMOTE_FAILURE
    assert "403" in repr(logs)
    assert not [secret for secret in secrets if secret in repr((logs, refused.value.__cause__))]


async def test_what_a_server_repeats_is_taken_out_of_gits_complaint(
    server: GitServer, access_to: MakeAccess, secrets: list[str]
) -> None:
    server.tells_secrets = True
    url = server.url(NAME)
    login = await access_to("127.0.0.1").login("acme/shop", url)

    finished = GitCommand(["ls-remote", url], 10, login=login).run()

    assert b"remote: Basic ***" in finished.stderr
    assert not [secret for secret in secrets if secret in repr((login, finished))]


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
    url: str, hosts: str, logs_in: bool, access_to: MakeAccess, credentials: KnownCredentials
) -> None:
    login = await access_to(hosts).login("acme/shop", url)

    assert bool(login.settings) == logs_in
    assert bool(credentials.asked) == logs_in


async def test_a_credential_is_for_one_server(access_to: MakeAccess) -> None:
    login = await access_to("").login("acme/shop", "https://forge.test:8443/shop.git")

    assert list(login.settings) == ["http.https://forge.test:8443/.extraHeader"]


async def test_without_a_credential_a_private_repository_is_as_good_as_absent(
    commits: MirroredCommits, shop: GitRepository, credentials: KnownCredentials
) -> None:
    credentials.known = None

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
    commits: MirroredCommits,
    credentials: KnownCredentials,
    trouble: Exception,
    raised: type[Exception],
) -> None:
    credentials.trouble = trouble

    with pytest.raises(raised, match=REMOTE_FAILURE):
        await commits.resolve("main")
