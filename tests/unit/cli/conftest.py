import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deltaci.cli.main import app
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    async with ScriptedApi() as scripted:
        yield scripted


@pytest.fixture
def unconnected() -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "COLUMNS": "200"}


@pytest.fixture
def connected(api: ScriptedApi, unconnected: Mapping[str, str]) -> Mapping[str, str]:
    return {**unconnected, "DELTA_CI_URL": api.url, "DELTA_CI_TOKEN": "a-token"}


@pytest.fixture
def delta_ci(
    connected: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Awaitable[Ran]]:
    """Runs a command in this process, beside the scripted API and connected to it."""
    monkeypatch.chdir(tmp_path)
    nothing_else = dict.fromkeys(os.environ)

    async def run(
        *arguments: str, environment: Mapping[str, str] = connected, lines: str = ""
    ) -> Ran:
        invoke = CliRunner().invoke
        env = {**nothing_else, **environment}
        result = await asyncio.to_thread(invoke, app, arguments, input=lines, env=env)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout_bytes.decode(), result.stderr)

    return run
