import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deltaci.cli.main import app
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Track = Callable[..., Awaitable[Ran]]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Their home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def track(api: ScriptedApi, work: Path, home: Path) -> Track:
    """Runs `delta-ci track …` in this process, in an empty folder and with nothing else set."""
    connected = {
        "HOME": str(home),
        "COLUMNS": "200",
        "VERSIONER_API_URL": api.url,
        "VERSIONER_API_KEY": "sk_acme_k1_secret",
        "DELTA_CI_TRACK_RETRY_PAUSES_SECONDS": "0,0,0",
    }

    async def run(*arguments: str, **environment: str | None) -> Ran:
        env = {**dict.fromkeys(os.environ), **connected, **environment}
        invoke = CliRunner().invoke
        result = await asyncio.to_thread(invoke, app, ("track", *arguments), env=env)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout_bytes.decode(), result.stderr)

    return run
