from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

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


# Payloads of deliveries with parts missing, or swapped for what nobody expects there.

ODD_TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["\0", "x" * 100_000, "../..", "refs/heads/..", "0" * 40, "\ud800", "\u202e"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3),
    max_leaves=5,
)

Mutate = Callable[[Any, frozenset[str], st.DataObject], None]


@pytest.fixture(scope="session")
def mutate() -> Mutate:
    """Change up to four of a payload's fields with these names, wherever they are."""

    def change(payload: Any, names: frozenset[str], data: st.DataObject) -> None:
        for _time in range(data.draw(st.integers(1, 4))):
            places = list(_places(payload, names))
            if not places:
                return
            container, key = data.draw(st.sampled_from(places))
            if data.draw(st.booleans()):
                del container[key]
            else:
                container[key] = data.draw(VALUES)

    return change


def _places(value: Any, names: frozenset[str]) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in names:
                yield value, key
            yield from _places(inner, names)
    if isinstance(value, list):
        for inner in value:
            yield from _places(inner, names)
