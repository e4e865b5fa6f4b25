import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from deltaci.testing.commands import run_command, start_command
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.tracker.posting import Delivery
from deltaci.tracker.spool import Spool

HEAVY = {
    *("temporalio", "sqlalchemy", "fastapi", "httpx2", "pydantic", "pydantic_settings"),
    *("structlog", "yaml", "rich", "asyncio", "jwt"),
}
BUILD = ("track", "build", "--product", "api", "--version", "1")


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "VERSIONER_API_KEY": "sk_acme_k1_secret",
        "VERSIONER_SPOOL": str(tmp_path / "spool"),
    }


async def test_an_event_survives_a_process_that_is_killed_while_it_sends(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    asked, keys = asyncio.Event(), []

    async def answer(request: Request) -> Answer | None:
        keys.append(request.headers["idempotency-key"])
        asked.set()
        if len(keys) == 1:
            await asyncio.Event().wait()
        return Answer(200, b'{"id": "e-1"}')

    stub = HttpStub(answer)
    await stub.start()
    connected = {**environment, "VERSIONER_API_URL": f"http://127.0.0.1:{stub.port}"}
    process = await start_command(*BUILD, folder=tmp_path, environment=connected)
    await asked.wait()
    process.kill()
    await process.communicate()

    flushed = await run_command("track", "flush", folder=tmp_path, environment=connected)

    assert (flushed.code, flushed.out) == (0, "1 sent, 0 left, 0 set aside\n")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    await stub.stop()


async def test_flushes_at_once_send_every_event_once(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    received: list[str] = []

    async def answer(request: Request) -> Answer | None:
        received.append(request.headers["idempotency-key"])
        return Answer(200, b'{"id": "e-1"}')

    stub = HttpStub(answer)
    await stub.start()
    spool = Spool(tmp_path / "spool")
    expected = [f"key-{number}" for number in range(30)]
    for number, key in enumerate(expected):
        spool.keep(Delivery("/build-events/", json.dumps({"n": number}), key), number)
    connected = {**environment, "VERSIONER_API_URL": f"http://127.0.0.1:{stub.port}"}

    flushes = await asyncio.gather(
        *(
            run_command("track", "flush", "--json", folder=tmp_path, environment=connected)
            for _ in range(3)
        )
    )

    assert [ran.code for ran in flushes] == [0, 0, 0]
    assert received == expected
    assert sum(json.loads(ran.out)["sent"] for ran in flushes) == 30
    assert Counter(received).most_common(1)[0][1] == 1
    await stub.stop()


def test_tracking_loads_nothing_heavy(tmp_path: Path, environment: Mapping[str, str]) -> None:
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*{m.partition('.')[0] for m in sys.modules}))\n"
        "sys.argv = ['delta-ci', *sys.argv[1:]]\n"
        "from deltaci.cli.main import run\nrun()\n"
    )
    command = [sys.executable, "-c", code, *BUILD, "--fail-on-api-error=false"]
    down = {
        **environment,
        "VERSIONER_API_URL": "http://127.0.0.1:9",
        "DELTA_CI_TRACK_RETRY_PAUSES_SECONDS": "0",
    }
    ran = subprocess.run(
        command, cwd=tmp_path, env=down, capture_output=True, text=True, check=True
    )
    assert "nothing was recorded" in ran.stderr
    assert set(ran.stdout.split()) & HEAVY == set()
