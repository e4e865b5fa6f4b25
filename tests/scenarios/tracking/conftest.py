import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from deltaci.testing.commands import Ran, run_command
from deltaci.testing.scripted_api import ScriptedApi

BUILD, DEPLOYMENT = "POST /build-events/", "POST /deployment-events/"

Track = Callable[..., Awaitable[Ran]]


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    """A server that speaks the seed: it records everything."""
    async with ScriptedApi() as scripted:
        yield scripted


@pytest.fixture
def track(api: ScriptedApi, tmp_path: Path) -> Track:
    """Runs `delta-ci track …` as a process, in an empty folder and with nothing else set."""
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    connected = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "COLUMNS": "200",
        "VERSIONER_API_URL": api.url,
        "VERSIONER_API_KEY": "sk_acme_k1_secret",
        "DELTA_CI_TRACK_RETRY_PAUSES_SECONDS": "0,0,0",
    }

    async def run(*arguments: str, **environment: str | None) -> Ran:
        wanted = {**connected, **environment}
        env = {name: value for name, value in wanted.items() if value is not None}
        return await run_command("track", *arguments, folder=folder, environment=env)

    return run


@pytest.fixture
def work(track: Track, tmp_path: Path) -> Path:
    """The folder that commands run in."""
    return tmp_path / "work"


@pytest.fixture
def home(track: Track, tmp_path: Path) -> Path:
    """Their home folder."""
    return tmp_path / "home"
