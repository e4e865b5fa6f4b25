"""What tests of every kind share. A missing program is an error here, never a skipped test."""

import ipaddress
import itertools
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from deltaci.testing.postgres import PostgresServer, running_postgres
from deltaci.testing.repositories import Content, GitRepository, MakeRepository

_database_numbers = itertools.count(1)

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("delta-ci", deadline=None)
hypothesis.settings.load_profile("delta-ci")


def _forbid_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what would leave this machine, however it is called: tests must not need a network."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = arguments[:1]
    else:
        return
    if isinstance(address, tuple) and not _is_loopback(address[0]):
        raise RuntimeError(f"tests may not reach {address[0]!r}")


def _is_loopback(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


sys.addaudithook(_forbid_the_network)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A private PostgreSQL, one per test process."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    name = f"test_{next(_database_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh, empty SQLite database."""
    return f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, empty database of each kind in turn: whatever uses this runs on both."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def git_repo(tmp_path: Path) -> MakeRepository:
    """Make a Git repository in a folder of its own: `git_repo({"README": "text"})`."""
    numbers = itertools.count(1)

    def create(files: Mapping[str, Content] | None = None, name: str = "") -> GitRepository:
        return GitRepository.create(tmp_path / (name or f"repository-{next(numbers)}"), files)

    return create


@pytest.fixture(scope="session")
def temporal_binary() -> Path:
    """Temporal's command line with its development server."""
    return _installed_program("temporal")


@pytest.fixture(scope="session")
def temporal_test_server() -> Path:
    """The time-skipping server."""
    return _installed_program("temporal-test-server")


def _installed_program(name: str) -> Path:
    program = Path(sysconfig.get_path("scripts")) / name
    if not program.is_file():
        raise FileNotFoundError(f"{program} is missing; run `make setup`")
    return program
