"""A runner gets the commit of a private repository from the server, and its job no credential.

Everything is real but Temporal: a git server that wants a password, the API over HTTP, the runner.
"""

import asyncio
import codecs
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.app import build_app
from deltaci.forge_settings import GiteaSettings
from deltaci.identity.roles import Role
from deltaci.runner.agent import run_agent
from deltaci.runner.config import RunnerConfig
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.testing.api_calls import TOKEN_LIFE, ServedApi, serving
from deltaci.testing.git_server import GitServer, basic, serving_git
from deltaci.testing.hand_driven import HandDrivenRun
from deltaci.testing.listening import listening
from deltaci.testing.memory_commits import config, job
from deltaci.testing.repositories import GitRepository, MakeRepository
from deltaci.testing.watched_git import WatchedGit
from deltaci.vcs.gitea.api import GIT_USERNAME
from deltaci.vcs.port import GitCredential

CREDENTIAL = GitCredential(GIT_USERNAME, "s3cret-of-the-forge")
REPO = "acme/shop"

SPY = r"""
{ env; tr '\0' '\n' < /proc/self/environ; git config --list --show-origin; cat .git/config
  find . "$HOME" "$TMPDIR" -type f -exec cat {} +
} 2>&1 | tr 'A-Za-z' 'N-ZA-Mn-za-m'
"""
"""Prints all that a job can see of itself, in a form that the log's masking does not know."""


@pytest.fixture
def shop(git_repo: MakeRepository) -> GitRepository:
    return git_repo(config({"test": job(steps=["cat main.py", SPY])}), name="acme/shop.git")


@pytest.fixture
def git_server(shop: GitRepository) -> Iterator[GitServer]:
    with serving_git(GitServer(shop.path.parent.parent, CREDENTIAL)) as server:
        yield server


@dataclass
class Bench:
    """The API, where it listens, and what its runner needs."""

    api: ServedApi
    runner: RunnerConfig
    git_server: GitServer

    async def start_run(self, ref: str = "main") -> HandDrivenRun:
        """Plan a run and offer its job."""
        body = {"repo_id": REPO, "ref": ref}
        answer = await self.api.caller(Role.DEVELOPER).post("/api/v1/runs", json=body)
        answer.raise_for_status()
        run = HandDrivenRun(self.api.core, self.api.commits, answer.json()["run_id"])
        await run.plan()
        await run.offer("test")
        return run

    async def log(self, run: HandDrivenRun) -> str:
        """Let the runner do one job, and read what it printed."""
        await asyncio.wait_for(run_agent(self.runner), 60)
        path = f"/api/v1/runs/{run.run_id}/jobs/test/logs"
        return (await self.api.caller(Role.OBSERVER).get(path)).text


@pytest.fixture
async def bench(git_server: GitServer, tmp_path: Path) -> AsyncIterator[Bench]:
    settings = Settings(
        data_dir=tmp_path / "server",
        git_hosts="127.0.0.1",
        temporal_address="127.0.0.1:1",
        gitea=GiteaSettings.model_validate({"url": git_server.url("").rstrip("/")}),
    )
    settings.data_dir.mkdir()
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    app = build_app(settings)
    async with serving(app) as api, listening(app) as url:
        await _register(api, git_server.url("acme/shop.git"))
        runner = RunnerConfig(
            url=url,
            token=api.signer.issue("runner-1", [Role.RUNNER], TOKEN_LIFE).token,
            runner_id="runner-1",
            work_dir=tmp_path / "runner",
            executors=("process",),
            max_jobs=1,
        )
        yield Bench(api, runner, git_server)


async def _register(api: ServedApi, url: str) -> None:
    answer = await api.caller(Role.ADMIN).post(
        "/api/v1/repositories",
        json={
            "repo_id": REPO,
            "url": url,
            "provider": "gitea",
            "full_name": REPO,
            "token": CREDENTIAL.password,
        },
    )
    answer.raise_for_status()


def secrets_of(bench: Bench) -> set[str]:
    """What no job may see: the runner's own and the forge's."""
    pair = basic(CREDENTIAL).split()[1]
    return {bench.runner.token, CREDENTIAL.password, pair, "Authorization", "Delta-Lease"}


async def test_a_job_sees_the_commit_and_no_credential(bench: Bench, shop: GitRepository) -> None:
    run = await bench.start_run()

    log = await bench.log(run)

    seen = codecs.decode(log, "rot13")
    assert f"checked out {shop.head}" in log
    assert f"DELTA_CI_COMMIT_SHA={shop.head}" in seen
    assert "repositoryformatversion" in seen
    assert not [secret for secret in secrets_of(bench) if secret in seen or secret in log]


async def test_the_runner_keeps_no_credential_and_never_names_one(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await bench.start_run()
    git = WatchedGit.create(tmp_path / "bin")
    monkeypatch.setenv("PATH", git.path)

    await bench.log(run)

    kept = b"".join(f.read_bytes() for f in bench.runner.work_dir.rglob("*") if f.is_file())
    fetching = [line for line in git.variables if "Authorization: Bearer" in line]
    assert any("/api/v1/internal/git" in command for command in git.commands)
    assert fetching == [f"GIT_CONFIG_VALUE_0=Authorization: Bearer {bench.runner.token}"]
    for secret in secrets_of(bench):
        assert not any(secret in command for command in git.commands)
        assert secret.encode() not in kept


async def test_only_the_server_speaks_with_the_forge(bench: Bench, shop: GitRepository) -> None:
    run = await bench.start_run()
    bench.git_server.asked.clear()
    shop.path.rename(shop.path.with_name("gone"))

    await bench.log(run)

    assert bench.git_server.asked == []


async def test_a_second_commit_brings_only_what_is_new(bench: Bench, shop: GitRepository) -> None:
    await bench.log(await bench.start_run())
    head = shop.commit({"main.py": "second = True\n"})

    log = await bench.log(await bench.start_run())

    assert "second = True" in log
    assert f"checked out {head}" in log


async def test_history_comes_with_a_deeper_checkout(bench: Bench, shop: GitRepository) -> None:
    shop.commit(config({"test": job(steps=["git log --oneline | wc -l"])}))
    bench.runner = replace(bench.runner, fetch_depth=0)

    assert (await bench.log(await bench.start_run())).endswith("\n2\n")
