"""One Temporal and one stack per kind of database for the session; tests kill and heal them.

The one on PostgreSQL has two of everything, as production has.
"""

import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from deltaci.testing.ci_bench import CiBench, Jobs
from deltaci.testing.git_server import GitServer, serving_git
from deltaci.testing.linked_repository import Link, LinkedRepository
from deltaci.testing.live_forge import LiveForge
from deltaci.testing.postgres import PostgresServer
from deltaci.testing.stack import QUICK, LiveStack, Size, TemporalServer, temporal_server
from deltaci.testing.waiting import until
from deltaci.vcs.port import Provider

CROWD = Size(apis=2, workers=2, runners=2)
Forges = Mapping[Provider, LiveForge]
STACK = pytest.StashKey[LiveStack]()


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="delta-ci-stack-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def live_temporal(session_folder: Path) -> Iterator[TemporalServer]:
    server = temporal_server(session_folder / "temporal")
    server.part.start()
    yield server
    server.part.close()


@pytest.fixture(scope="session")
def forges() -> Iterator[Forges]:
    """The forges that every stack knows."""
    served = {provider: LiveForge(provider) for provider in (Provider.GITEA, Provider.GITHUB)}
    for forge in served.values():
        forge.start()
    yield served
    for forge in served.values():
        forge.close()


@pytest.fixture(scope="session")
def git_server(session_folder: Path) -> Iterator[GitServer]:
    """Where the repositories of Gitea are fetched from, unless they are local ones."""
    folder = session_folder / "hosted"
    folder.mkdir()
    with serving_git(GitServer(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def stack_settings(forges: Forges, git_server: GitServer) -> Mapping[str, str]:
    told = QUICK | {
        "DELTA_CI_PUBLIC_URL": "http://ci.example.test",
        "DELTA_CI_GIT_HOSTS": "127.0.0.1",
        "DELTA_CI_NOTIFICATIONS_PRIVATE_HOSTS": "127.0.0.1",
    }
    for forge in forges.values():
        told |= forge.settings
    return told | {"DELTA_CI_GITEA_URL": git_server.url("").rstrip("/")}


@pytest.fixture(scope="session")
def sqlite_stack(
    session_folder: Path, live_temporal: TemporalServer, stack_settings: Mapping[str, str]
) -> Iterator[LiveStack]:
    folder = session_folder / "sqlite"
    with closing(LiveStack(folder, live_temporal, settings=stack_settings)) as stack:
        yield stack


@pytest.fixture(scope="session")
def postgresql_stack(
    session_folder: Path,
    live_temporal: TemporalServer,
    postgres_server: PostgresServer,
    stack_settings: Mapping[str, str],
) -> Iterator[LiveStack]:
    url = postgres_server.create_database("acceptance")
    folder = session_folder / "postgresql"
    with closing(
        LiveStack(folder, live_temporal, database_url=url, settings=stack_settings, size=CROWD)
    ) as stack:
        yield stack


@pytest.fixture(scope="session")
def crowded_sqlite_stack(
    session_folder: Path, live_temporal: TemporalServer
) -> Iterator[LiveStack]:
    folder = session_folder / "crowded-sqlite"
    with closing(LiveStack(folder, live_temporal, size=CROWD)) as stack:
        yield stack


@pytest.fixture
def stack(request: pytest.FixtureRequest) -> LiveStack:
    """A serving stack, on SQLite unless the test is parametrized with `stack`."""
    kind = getattr(request, "param", "sqlite")
    stack: LiveStack = request.getfixturevalue(f"{kind}_stack")
    request.node.stash[STACK] = stack
    stack.start()
    return stack


@pytest.fixture
def bench(stack: LiveStack, tmp_path: Path) -> Iterator[CiBench]:
    """This test's work. Afterwards everything serves again and the stored facts obey every rule."""
    bench = CiBench(stack, tmp_path)
    yield bench
    stack.start()
    left_open = bench.ledger.open_rows()
    for run_id in bench.ledger.open_runs():
        bench.cancel(run_id)
    until(lambda: not bench.ledger.open_runs(), "every run has ended")
    bench.close()
    assert not left_open
    bench.ledger.check()


@pytest.fixture
def link(bench: CiBench, forges: Forges) -> Iterator[Link]:
    """Afterwards the forges behave again, and nothing that they saw was out of order."""

    def link(jobs: Jobs, provider: Provider = Provider.GITEA, **policies: Any) -> LinkedRepository:
        repository = bench.repository(jobs, **policies)
        return LinkedRepository(bench, forges[provider], repository)

    yield link
    violations = {provider: list(forge.fake.violations) for provider, forge in forges.items()}
    for forge in forges.values():
        forge.behave()
    assert not any(violations.values()), violations


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, pytest.TestReport]:
    """Show the last that every part said beside a failure."""
    report: pytest.TestReport = yield
    if report.failed and STACK in item.stash:
        report.sections.extend(item.stash[STACK].tails())
    return report
