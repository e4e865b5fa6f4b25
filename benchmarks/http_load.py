"""Whole HTTP requests against one server, as fast as a few connections carry them."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from deltaci.local import ports
from deltaci.store.migrate import upgrade

CONNECTIONS = 8
START_SECONDS = 30
ROOT = Path(__file__).resolve().parents[1]


def show(
    what: str, measured: tuple[float, float], floor: tuple[float, float] | None = None
) -> None:
    rate, p99 = measured
    share = f", {rate / floor[0]:.0%} of the floor" if floor else ""
    print(f"{what:32} {rate:7.0f}/s  p99 {p99 * 1000:6.1f} ms{share}", flush=True)


async def load(
    url: str,
    calls: Sequence[bytes],
    expected: Mapping[int, int],
    connections: int = CONNECTIONS,
) -> tuple[float, float]:
    """Send all over a few connections; returns the rate and the 99th percentile in seconds.

    Each call has `{path}` in place of its path; `expected` is how often each status is answered.
    """
    place = urlsplit(url)
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    waiting = iter([call.replace(b"{path}", place.path.encode(), 1) for call in calls])

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for call in waiting:
            begun = time.perf_counter()
            writer.write(call)
            statuses[await answer(reader)] += 1
            seconds.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    took = time.perf_counter() - begun
    assert statuses == expected, statuses
    return len(calls) / took, sorted(seconds)[int(len(seconds) * 0.99)]


async def answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


@contextmanager
def bare(secret: str) -> Iterator[str]:
    """Serve the floor; yields where its hook is."""
    with tempfile.TemporaryDirectory(prefix="delta-ci-bench-") as folder:
        environment = {"BARE_DATABASE": f"{folder}/bare.sqlite3", "BARE_SECRET": secret}
        with served("bare_insert:app", environment, "/docs", "--app-dir", "benchmarks") as url:
            yield f"{url}/hook"


@contextmanager
def api_alone() -> Iterator[tuple[str, Path]]:
    """Serve the API without Temporal; yields where, and its data folder."""
    with tempfile.TemporaryDirectory(prefix="delta-ci-bench-") as folder:
        database = f"sqlite+aiosqlite:///{folder}/delta-ci.sqlite3"
        upgrade(database)
        environment = {
            "DELTA_CI_DATA_DIR": folder,
            "DELTA_CI_DATABASE_URL": database,
            "DELTA_CI_TEMPORAL_ADDRESS": "127.0.0.1:9",
        }
        with served("api.app:create_app", environment, "/healthz", "--factory") as url:
            yield url, Path(folder)


@contextmanager
def served(app: str, environment: dict[str, str], probe: str, *options: str) -> Iterator[str]:
    (port,) = ports.claim([replace(ports.API, port=0)])
    command = (sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log")
    quiet = ("--log-level", "warning")
    with subprocess.Popen(
        (*command, *quiet, *options),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url + probe)
            yield url
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nothing answered at {url} within {START_SECONDS} s")
