"""Calls that are held open end when their caller does, and never hold up a process that stops."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deltaci.identity.roles import Role
from deltaci.identity.tokens import TokenSigner
from deltaci.local import parts, ports
from deltaci.local.layout import open_data_dir
from deltaci.settings import Settings
from deltaci.store.migrate import upgrade
from deltaci.testing.api_calls import TOKEN_LIFE, ServedApi
from deltaci.testing.part import Part

WAIT_SECONDS = 60
PROMPT_SECONDS = 10.0


async def call_and_hang_up(api: ServedApi, runner_id: str) -> list[Any]:
    """Ask for a job over the raw ASGI interface, and be gone before there is one."""
    token = api.signer.issue(runner_id, [Role.RUNNER], TOKEN_LIFE).token
    body = json.dumps({"runner_id": runner_id, "wait_seconds": WAIT_SECONDS}).encode()
    incoming = iter([{"type": "http.request", "body": body}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-type", b"application/json"),
    ]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/internal/lease"}
    await api.app(
        scope | {"headers": headers, "query_string": b"", "http_version": "1.1"}, receive, send
    )
    return sent


async def test_a_runner_that_hung_up_gets_no_job(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    async with asyncio.timeout(PROMPT_SECONDS):
        await call_and_hang_up(api, "gone-runner")
    run = await start_run(api)
    await run.plan()
    await run.offer("build")

    assert (await runner(api).lease())["run_id"] == run.run_id


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Part, httpx2.Client]]:
    """An API process of its own that would wait very long for open calls, and a runner's client."""
    upgrade(Settings(data_dir=tmp_path).resolved_database_url)
    (port,) = ports.claim([replace(ports.API, port=0)])
    spec = parts.api({"DELTA_CI_LEASE_POLL_MAX_SECONDS": str(WAIT_SECONDS)}, port)
    patient = tuple(str(WAIT_SECONDS) if a == parts.API_DRAIN_SECONDS else a for a in spec.argv)
    environment = os.environ | {"DELTA_CI_DATA_DIR": str(tmp_path)}
    api = Part(replace(spec, argv=patient), open_data_dir(tmp_path).root, environment)
    api.start()
    token = TokenSigner.load("", tmp_path).issue("r", [Role.RUNNER], TOKEN_LIFE).token
    with httpx2.Client(
        base_url=f"http://{ports.LOOPBACK}:{port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=WAIT_SECONDS,
        trust_env=False,
    ) as client:
        yield api, client
    api.close()


def test_a_process_that_stops_is_not_held_up(process: tuple[Part, httpx2.Client]) -> None:
    api, client = process
    message = {"runner_id": "r", "wait_seconds": WAIT_SECONDS}
    with ThreadPoolExecutor() as pool:
        call = pool.submit(client.post, "/api/v1/internal/lease", json=message)
        while not call.running():
            client.get("/healthz")
        client.get("/healthz")
        began = time.monotonic()

        api.stop()

        assert time.monotonic() - began < PROMPT_SECONDS
        assert call.result().status_code == httpx2.codes.NO_CONTENT
