"""How many webhook deliveries a second are stored, deduplicated and answered?

Every delivery is sent twice: half of them create runs, half are duplicates. Measured with the API
alone, and with the whole stack behind it that starts those runs meanwhile. The floor is bare
FastAPI that checks the signature and inserts one row, on the same machine under the same load.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from local_stack import local_stack

from deltaci.local import ports
from deltaci.store.migrate import upgrade

CONNECTIONS = 8
TARGET_RATE, TARGET_P99_SECONDS = 400, 0.050
SECRET = "a secret of the benchmark"  # noqa: S105
FULL_NAME = "acme/shop"
FIXTURE = "tests/fixtures/webhooks/gitea/push.branch.json"
START_SECONDS = 30
ROOT = Path(__file__).resolve().parents[1]
HERE = {
    "DELTA_CI_GITEA_URL": "http://127.0.0.1:9",
    "DELTA_CI_GITEA_WEBHOOK_SECRETS": SECRET,
    "DELTA_CI_GITEA_AUTO_REGISTER": "true",
    "DELTA_CI_GIT_HOSTS": "127.0.0.1",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=2000)
    arguments = parser.parse_args()
    os.environ.update(HERE)
    with bare() as url:
        floor = asyncio.run(load(url, deliveries(arguments.deliveries)))
    show("floor: bare FastAPI, one insert", floor)
    with api_alone() as url:
        alone = asyncio.run(load(url, deliveries(arguments.deliveries)))
    show("API alone", alone, floor)
    with local_stack(runners=0) as stack:
        url = f"{stack.api_url}/api/v1/webhooks/gitea"
        whole = asyncio.run(load(url, deliveries(arguments.deliveries)))
    show("the whole stack, starting runs", whole, floor)
    rate, p99 = alone
    reached = rate >= TARGET_RATE and p99 < TARGET_P99_SECONDS
    wanted = f"{TARGET_RATE}/s with p99 < {TARGET_P99_SECONDS * 1000:.0f} ms"
    print(f"target of the API alone, {wanted}: {'reached' if reached else 'MISSED'}")


def show(
    what: str, measured: tuple[float, float], floor: tuple[float, float] | None = None
) -> None:
    rate, p99 = measured
    share = f", {rate / floor[0]:.0%} of the floor" if floor else ""
    print(f"{what:32} {rate:7.0f}/s  p99 {p99 * 1000:6.1f} ms{share}", flush=True)


def deliveries(count: int) -> list[bytes]:
    """Whole HTTP requests, each distinct delivery twice, in a random order."""
    payload = json.loads((ROOT / FIXTURE).read_text())
    payload["repository"]["full_name"] = FULL_NAME
    calls = []
    for number in range(count // 2):
        payload["after"] = hashlib.sha1(str(number).encode()).hexdigest()  # noqa: S324
        body = json.dumps(payload).encode()
        calls += [request(body, f"delivery-{number}")] * 2
    random.Random(1).shuffle(calls)  # noqa: S311
    return calls


def request(body: bytes, delivery_id: str) -> bytes:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    lines = (
        "POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        "X-Gitea-Event: push",
        f"X-Gitea-Delivery: {delivery_id}",
        f"X-Gitea-Signature: {signature}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def load(url: str, calls: Sequence[bytes]) -> tuple[float, float]:
    """Send all over a few connections; returns the rate and the 99th percentile in seconds."""
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
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    took = time.perf_counter() - begun
    half = len(calls) // 2
    assert statuses == {201: half, 202: half}, statuses
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
def bare() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="delta-ci-bench-") as folder:
        environment = {"BARE_DATABASE": f"{folder}/bare.sqlite3", "BARE_SECRET": SECRET}
        with served("bare_insert:app", environment, "/docs", "--app-dir", "benchmarks") as url:
            yield f"{url}/hook"


@contextmanager
def api_alone() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="delta-ci-bench-") as folder:
        database = f"sqlite+aiosqlite:///{folder}/delta-ci.sqlite3"
        upgrade(database)
        environment = {
            "DELTA_CI_DATA_DIR": folder,
            "DELTA_CI_DATABASE_URL": database,
            "DELTA_CI_TEMPORAL_ADDRESS": "127.0.0.1:9",
        }
        with served("api.app:create_app", environment, "/healthz", "--factory") as url:
            yield f"{url}/api/v1/webhooks/gitea"


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


if __name__ == "__main__":
    main()
