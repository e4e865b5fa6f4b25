"""The real application on a real database. Temporal is absent: tests do its steps by hand."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api.app import build_app
from deltaci.errors import InvalidStateError
from deltaci.forge_settings import GiteaSettings, GitHubSettings
from deltaci.identity.roles import Role
from deltaci.runs.cancel import cancel_run
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.testing.api_calls import ServedApi, serving
from deltaci.testing.forge_webhook import ForgeWebhook
from deltaci.testing.hand_driven import HandDrivenRun
from deltaci.testing.postgres import PostgresServer
from deltaci.testing.protocol_calls import ProtocolRunner
from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.vcs.port import Provider

FOR_ALL, ALSO_FOR_ALL = "secret-for-all", "another-for-all"
"""Secrets of all repositories' webhooks: on GitHub both count, on Gitea the first."""
WEBHOOK_MAX_BYTES = 20_000

_numbers = itertools.count(1)


@asynccontextmanager
async def _served(data_dir: Path, database_url: str) -> AsyncIterator[ServedApi]:
    settings = Settings(
        data_dir=data_dir,
        local_repositories="any",
        database_url=database_url,
        temporal_address="127.0.0.1:1",
        log_max_bytes=1000,
        webhook_max_bytes=WEBHOOK_MAX_BYTES,
        git_hosts="git.example.test",
        github=GitHubSettings(webhook_secrets=SecretStr(f"{FOR_ALL},{ALSO_FOR_ALL}")),
        gitea=GiteaSettings(
            url="https://git.example.test",
            webhook_secrets=SecretStr(FOR_ALL),
            auto_register=True,
        ),
    )
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    async with serving(build_app(settings)) as served:
        yield served


@pytest.fixture(scope="session")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServedApi]:
    """The API on SQLite, shared by all tests of a process: each uses a repository of its own."""
    async with _served(tmp_path_factory.mktemp("api"), "") as served:
        yield served


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def api_on_each_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServedApi]:
    """The API on each database in turn, where the database could make a difference."""
    url = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database(f"contract_{next(_numbers)}")
    async with _served(tmp_path_factory.mktemp("api"), url) as served:
        yield served


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered repository: one Go module whose last commit changes code, as in the seed."""

    repo_id: str
    git: GitRepository


Register = Callable[[ServedApi], Awaitable[Registered]]


@pytest.fixture
def register(git_repo: MakeRepository) -> Register:
    """Register a repository of the test's own, like no other in content."""

    async def register(served: ServedApi) -> Registered:
        name = f"acme/shop-{next(_numbers)}"
        git = git_repo({"go.mod": f"module example.test/{name}\n", "main.go": "package main\n"})
        git.commit({"main.go": "package main\n\nfunc main() {}\n"})
        answer = await served.caller(Role.ADMIN).post(
            "/api/v1/repositories", json={"repo_id": name, "url": str(git.path)}
        )
        answer.raise_for_status()
        return Registered(name, git)

    return register


Link = Callable[..., Awaitable[ForgeWebhook]]


@pytest.fixture
def link(register: Register) -> Link:
    """Register a repository of the test's own and link it with a forge; returns its webhook."""

    async def link(served: ServedApi, provider: Provider = Provider.GITHUB) -> ForgeWebhook:
        repository = await register(served)
        webhook = ForgeWebhook(served.caller(), provider, repository.repo_id)
        body = {
            "repo_id": repository.repo_id,
            "url": str(repository.git.path),
            "provider": provider,
            "full_name": webhook.full_name,
            "webhook_secret": webhook.secret,
        }
        answer = await served.caller(Role.ADMIN).post("/api/v1/repositories", json=body)
        answer.raise_for_status()
        return webhook

    return link


StartRun = Callable[..., Awaitable[HandDrivenRun]]


@pytest.fixture
async def start_run(register: Register) -> AsyncIterator[StartRun]:
    """Create runs, by default each in a repository of its own; none stays open after the test."""
    started: list[HandDrivenRun] = []

    async def start_run(
        served: ServedApi, repository: Registered | None = None, **request: Any
    ) -> HandDrivenRun:
        repository = repository or await register(served)
        body = {"repo_id": repository.repo_id, "ref": "refs/heads/main"} | request
        answer = await served.caller(Role.DEVELOPER).post("/api/v1/runs", json=body)
        answer.raise_for_status()
        started.append(HandDrivenRun(served.core, served.commits, answer.json()["run_id"]))
        return started[-1]

    yield start_run
    for run in started:
        with contextlib.suppress(InvalidStateError):
            await cancel_run(run.core, "tester", run.run_id)
        await run.settle()


@pytest.fixture
def runner() -> Callable[[ServedApi], ProtocolRunner]:
    """Make a runner with a name of its own."""

    def runner(served: ServedApi) -> ProtocolRunner:
        name = f"runner-{next(_numbers)}"
        return ProtocolRunner(served.caller(Role.RUNNER, subject=name), name)

    return runner
