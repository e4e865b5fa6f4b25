"""The deployer of `examples/deployer` does what the engine `webhook` wants, as a real process."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deltaci.clock import utc_now
from deltaci.engine_settings import EngineSettings
from deltaci.engines.port import EngineOrder, EngineRefusedError, EngineState, Execution, Progress
from deltaci.engines.webhook import WebhookEngine
from deltaci.engines.webhook_callback import read_callback
from deltaci.testing.engine_bench import order_of
from deltaci.testing.fake_deployer import SECRET
from deltaci.testing.http_stub import Answer, HttpStub, Request

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 30


@asynccontextmanager
async def _receiver(folder: Path, command: str) -> AsyncIterator[str]:
    script = folder / "deploy.sh"
    script.write_text(f"#!/bin/sh\n{command}\n")
    script.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "examples/deployer/receiver.py"), str(port)),
        cwd=folder,
        env={**os.environ, "DEPLOYER_SECRET": SECRET, "DEPLOYER_COMMAND": str(script)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        assert b"listening" in await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


def _order(url: str, callback_url: str = "") -> EngineOrder:
    spec = {"url": f"{url}/deploy", "poll_url": f"{url}/executions/{{id}}"}
    return replace(order_of(spec, SECRET), callback_url=callback_url)


async def _ended(engine: WebhookEngine, order: EngineOrder, execution: Execution) -> Progress:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (progress := await engine.poll(order, execution)).state is EngineState.RUNNING:
            pass
    return progress


@pytest.fixture
def engine() -> WebhookEngine:
    return WebhookEngine(EngineSettings(private_hosts="127.0.0.1"), utc_now)


async def test_it_deploys_once_however_often_it_is_told(
    engine: WebhookEngine, tmp_path: Path
) -> None:
    async with _receiver(tmp_path, 'echo "$SERVICE $VERSION" >> deployed') as url:
        order = _order(url)
        first = await engine.start(order)
        assert await engine.start(order) == first
        assert (await _ended(engine, order, first)).state is EngineState.SUCCEEDED
    assert (tmp_path / "deployed").read_text() == "checkout 1.2.3\n"


async def test_it_calls_back_with_a_signature_that_counts(
    engine: WebhookEngine, tmp_path: Path
) -> None:
    called: asyncio.Queue[Request] = asyncio.Queue()

    async def hear(request: Request) -> Answer:
        called.put_nowait(request)
        return Answer(200)

    stub = HttpStub(hear)
    await stub.start()
    try:
        async with _receiver(tmp_path, "exit 3") as url:
            order = _order(url, f"http://127.0.0.1:{stub.port}/callback")
            await engine.start(order)
            request = await asyncio.wait_for(called.get(), PATIENCE_SECONDS)
    finally:
        await stub.stop()
    said = read_callback(SECRET, order.deployment_id, request.headers, request.body, utc_now())
    assert said.failure is not None
    assert (said.failure.category, said.failure.detail) == ("APP", "exit status 3")


async def test_it_does_nothing_for_strangers(engine: WebhookEngine, tmp_path: Path) -> None:
    async with _receiver(tmp_path, "touch deployed") as url:
        stranger = replace(_order(url), secret="whsec_" + "c3RyYW5nZXJzIHNlY3JldA")
        with pytest.raises(EngineRefusedError, match="not allowed"):
            await engine.start(stranger)
    assert not (tmp_path / "deployed").exists()
