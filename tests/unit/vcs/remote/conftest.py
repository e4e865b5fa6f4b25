from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deltaci.addresses import AddressRules
from deltaci.admission import Admission
from deltaci.settings import Settings
from deltaci.testing.git_server import GitServer, KnownCredentials, serving_git
from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.vcs.commits import Access, MirroredCommits, MirrorSource
from deltaci.vcs.port import GitCredential


@pytest.fixture
def shop(git_repo: MakeRepository) -> GitRepository:
    """A repository that the private server has at `shop/.git`."""
    return git_repo({"README.md": "one\n"}, name="shop")


@pytest.fixture
def credentials() -> KnownCredentials:
    """What the server wants to see, for everybody who asks."""
    return KnownCredentials(GitCredential("x-access-token", "s3cret-of-the-forge"))


@pytest.fixture
def server(tmp_path: Path, credentials: KnownCredentials) -> Iterator[GitServer]:
    """A private server of all that lies in the test's folder."""
    with serving_git(GitServer(tmp_path, credentials.known)) as server:
        yield server


MakeAccess = Callable[[str], Access]


@pytest.fixture
def access_to(tmp_path: Path, credentials: KnownCredentials) -> MakeAccess:
    """Say how repositories on these hosts are reached."""

    def make(hosts: str) -> Access:
        settings = Settings(data_dir=tmp_path / "data", git_hosts=hosts, local_repositories="any")
        lookups = Admission(9, "looking up of refs")
        return Access(AddressRules.of(settings), lookups, 30, credentials)

    return make


@pytest.fixture
def commits(
    server: GitServer, shop: GitRepository, tmp_path: Path, access_to: MakeAccess
) -> MirroredCommits:
    """The shop's commits, as its server has them."""
    source = MirrorSource(tmp_path / "mirrors", 30, access_to("127.0.0.1"))
    return source("acme/shop", server.url(f"{shop.path.name}/.git"))
