"""How many events a second are recorded, on both routes and both databases?

Measured with the API alone, which is all that takes part, and a share of repeated calls. The floor
is bare FastAPI that inserts one row, on the same machine under the same load. `--rows` first fills
the tables with that many deployments and events, to see what their number costs.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from http_load import bare, load, served, show

from deltaci.identity.roles import Role
from deltaci.identity.tokens import TokenSigner
from deltaci.ids import new_uid
from deltaci.states import DeploymentState, TrackingStatus
from deltaci.store.database import Database
from deltaci.store.migrate import upgrade
from deltaci.store.natural_keys import ensure_environments, ensure_versions, hold_products
from deltaci.store.tables import Deployment, TrackedEvent
from deltaci.store.tables.base import table_of
from deltaci.testing.postgres import running_postgres
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.deployments import Change, Origin

SECRET = "a secret of the benchmark"  # noqa: S105
REPLAY_SHARE = 10
"""One in so many events is sent again with its key."""
PRODUCTS = 50
ENVIRONMENTS = ("dev", "qa", "staging", "production")
ROWS_AT_ONCE = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=4000, help="on each route")
    parser.add_argument("--rows", type=int, default=0, help="deployments that are there before")
    parser.add_argument("--connections", type=int, default=32, help="that send at once")
    asked = parser.parse_args()
    count, rows, at_once = asked.events, asked.rows, asked.connections
    with bare(SECRET) as url:
        deliveries = [delivery(n) for n in range(count)]
        floor = asyncio.run(load(url, deliveries, {201: count}, at_once))
    show("floor: bare FastAPI, one insert", floor)
    for name, database in databases():
        with database as database_url, api_on(database_url, rows) as (url, key):
            for kind in ("build", "deployment"):
                calls = list(events(kind, key, count))
                address, all_well = f"{url}/{kind}-events/", {200: len(calls)}
                measured = asyncio.run(load(address, calls, all_well, at_once))
                show(f"{name}: {kind} events", measured, floor)


def delivery(number: int) -> bytes:
    """What the floor inserts: as large as an event."""
    body = json.dumps(event("deployment", number)).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return call(body, {"X-Gitea-Delivery": f"{number}", "X-Gitea-Signature": signature})


def events(kind: str, key: str, count: int) -> Iterator[bytes]:
    """Begin and end builds or deployments in turn; some calls come twice."""
    for number in range(count):
        headers = {"Authorization": f"Bearer {key}"}
        body = json.dumps(event(kind, number)).encode()
        if number % REPLAY_SHARE:
            yield call(body, headers)
            continue
        keyed = call(body, headers | {"Idempotency-Key": f"{kind}-{number}"})
        yield from (keyed, keyed)


def event(kind: str, number: int) -> dict[str, Any]:
    which = number // 2
    told: dict[str, Any] = {
        "product_name": f"product-{which % PRODUCTS}",
        "version": f"1.{which // PRODUCTS}.0",
        "status": ("started", "success")[number % 2],
        "source_system": "github",
        "build_number": f"{which}",
        "scm_sha": hashlib.sha1(f"{which}".encode(), usedforsecurity=False).hexdigest(),
        "scm_repository": "acme/shop",
        "build_url": f"https://ci.example.com/acme/shop/{which}",
        "invoke_id": f"{which}",
        "extra_metadata": {"runner": "linux", "attempt": 1},
    }
    if kind == "deployment":
        told["environment_name"] = ENVIRONMENTS[which % len(ENVIRONMENTS)]
    return told


def call(body: bytes, headers: dict[str, str]) -> bytes:
    lines = [
        "POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def databases() -> Iterator[tuple[str, Any]]:
    yield "SQLite", sqlite()
    yield "PostgreSQL", postgres()


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="delta-ci-bench-") as folder:
        yield f"sqlite+aiosqlite:///{folder}/delta-ci.sqlite3"


@contextmanager
def postgres() -> Iterator[str]:
    with running_postgres() as server:
        yield server.create_database("bench")


@contextmanager
def api_on(database_url: str, rows: int) -> Iterator[tuple[str, str]]:
    """Serve the API without Temporal; yields where, and an API key."""
    upgrade(database_url)
    if rows:
        asyncio.run(fill(database_url, rows))
    with tempfile.TemporaryDirectory(prefix="delta-ci-bench-") as folder:
        environment = {
            "DELTA_CI_DATA_DIR": folder,
            "DELTA_CI_DATABASE_URL": database_url,
            "DELTA_CI_TEMPORAL_ADDRESS": "127.0.0.1:9",
        }
        with served("api.app:create_app", environment, "/healthz", "--factory") as url:
            yield url, api_key(url, Path(folder))


def api_key(url: str, data_dir: Path) -> str:
    signer = TokenSigner.load(os.environ.get("DELTA_CI_SIGNING_KEY", ""), data_dir)
    token = signer.issue("root", [Role.ADMIN], timedelta(hours=1)).token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"name": "bench"}).encode()
    request = urllib.request.Request(f"{url}/api-keys/", body, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(json.load(answer)["key"])


async def fill(database_url: str, rows: int) -> None:
    """Insert history: completed deployments of the same products, each with its event."""
    database = Database(database_url)
    now = datetime.now(UTC) - timedelta(days=400)
    products = {f"product-{n}": "bench" for n in range(PRODUCTS)}
    kinds = dict.fromkeys(ENVIRONMENTS, ("bench", EnvironmentType.OTHER))
    async with database.write() as tx:
        await hold_products(tx, products, now)
        versions = await ensure_versions(tx, {(name, "0.1.0"): "bench" for name in products}, now)
        await ensure_environments(tx, kinds, now)
    ids = {name: version.id for (name, _), version in versions.items()}
    for begin in range(0, rows, ROWS_AT_ONCE):
        numbers = range(begin, min(begin + ROWS_AT_ONCE, rows))
        history = [deployed(n, ids, now + timedelta(seconds=n)) for n in numbers]
        async with database.write() as tx:
            await tx.execute(table_of(Deployment).insert(), history)
            await tx.execute(table_of(TrackedEvent).insert(), [told(row) for row in history])
    await database.close()


def deployed(number: int, version_ids: dict[str, str], at: datetime) -> dict[str, Any]:
    product = f"product-{number % PRODUCTS}"
    texts = ("build_number", "scm_sha", "scm_branch", "build_url", "deploy_url", "invoke_id")
    return {
        "id": new_uid(),
        "origin": Origin.REPORTED,
        "product": product,
        "version": "0.1.0",
        "version_id": version_ids[product],
        "environment": ENVIRONMENTS[number // PRODUCTS % len(ENVIRONMENTS)],
        "state": DeploymentState.SUCCEEDED,
        "state_reason": "",
        "change": Change.REDEPLOY,
        "extra_metadata": {},
        "started_at": at,
        "deployed_at": at,
        "created_by": "bench",
        "created_at": at,
        "updated_at": at,
        **dict.fromkeys(texts, f"{number}"),
    }


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_uid(),
        "kind": "deployment",
        "subject_id": row["id"],
        "product": row["product"],
        "version": row["version"],
        "environment": row["environment"],
        "status": TrackingStatus.COMPLETED,
        "payload": {"invoke_id": row["invoke_id"]},
        "outcome": "opened",
        "caller": "bench",
        "received_at": row["created_at"],
    }


if __name__ == "__main__":
    main()
