"""What PostgreSQL reads to answer: never a whole table that grows for ever."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from deltaci.store import matrix, tracking, tracking_reads
from deltaci.store.database import Database, Transaction
from deltaci.store.migrate import upgrade
from deltaci.store.pagination import encode_cursor
from deltaci.store.tracking_reads import TrackingFilter
from deltaci.testing.postgres import PostgresServer

ROWS = 20_000
READS_ALL = re.compile(r"Seq Scan on (builds|deployments|tracked_events|versions)\b")
FOUND_BY = re.compile(r"Index Cond: (.*)")
NUMBERS = f"FROM generate_series(1, {ROWS}) n"
AT = "now() - n * interval '1 second'"
OPEN_AND_ENDED = "CASE WHEN n % 100 = 0 THEN 'STARTED' ELSE 'COMPLETED' END"
FILL = (
    """INSERT INTO products (id, uid, is_service, description, artifact_sources, repositories,
    extra_metadata, created_by, created_at)
    SELECT 'p' || n, 'p' || n, false, '', '[]', '[]', '{}', 't', now()
    FROM generate_series(0, 199) n""",
    f"""INSERT INTO versions (id, product, version, scm_sha, created_by, created_at)
    SELECT 'v' || n, 'p' || n % 200, '1.' || n, md5(n::text), 't', {AT} {NUMBERS}""",
    """INSERT INTO environments (id, uid, display_name, type, lifecycle_state, description,
    extra_metadata, revision, created_by, created_at, updated_at)
    SELECT 'e' || n, 'e' || n, '', 'OTHER', 'ACTIVE', '', '{}', 1, 't', now(), now()
    FROM generate_series(0, 9) n""",
    f"""INSERT INTO builds (id, product, version, version_id, status, status_reason, scm_sha,
    extra_metadata, created_by, created_at, updated_at)
    SELECT 'b' || n, 'p' || n % 200, '1.' || n, 'v' || n, {OPEN_AND_ENDED}, '', md5(n::text),
    '{{}}', 't', {AT}, now() {NUMBERS}""",
    f"""INSERT INTO deployments (id, origin, product, version, version_id, environment, state,
    state_reason, extra_metadata, deployed_at, created_by, created_at, updated_at)
    SELECT 'd' || n, 'REPORTED', 'p' || n % 200, '1.' || n, 'v' || n, 'e' || n % 10, 'SUCCEEDED',
    '', '{{}}', {AT}, 't', {AT}, now() {NUMBERS}""",
    f"""INSERT INTO tracked_events (id, kind, subject_id, product, version, status, payload,
    outcome, caller, received_at) SELECT 'n' || n, 'build', 'b' || n, 'p' || n % 200, '1.' || n,
    'COMPLETED', '{{}}', CASE WHEN n % 1000 = 0 THEN 'refused' ELSE 'opened' END, 't', {AT}
    {NUMBERS}""",
    "ANALYZE",
)
Query = Callable[[Transaction], Awaitable[Any]]
MIDDLE = ROWS // 2


def listing(name: str, cursor: str = "", **wanted: Any) -> Query:
    read = getattr(tracking_reads, f"list_{name}")
    return lambda tx: read(tx, TrackingFilter(**wanted), limit=50, cursor=cursor)


QUERIES: dict[str, tuple[Query, str]] = {
    "open builds": (lambda tx: tracking.open_builds(tx, ["v1", "v2"]), "version_id"),
    "ended builds": (lambda tx: tracking.ended_builds(tx, "v1"), "version_id"),
    "open deployments": (
        lambda tx: tracking.open_deployments(tx, [("p1", "e1")], ["v1"]),
        "version_id",
    ),
    "ended deployments": (
        lambda tx: tracking.ended_deployments(tx, ("v1", "e1")),
        "version_id",
    ),
    "running": (lambda tx: tracking.running_in(tx, [("p1", "e1")]), "product"),
    "cells": (lambda tx: matrix.cells(tx, ["p1"], ["e1"]), "product"),
    "builds of a commit": (listing("builds", scm_sha="f" * 40), "scm_sha"),
    "builds of a version": (listing("builds", version="1.9"), "version"),
    "builds, a later page": (listing("builds", encode_cursor(f"b{MIDDLE}")), "created_at"),
    "deployments of a version": (listing("deployments", version="1.9"), "version"),
    "deployments, a later page": (
        listing("deployments", encode_cursor(f"d{MIDDLE}")),
        "created_at",
    ),
    "events of a product": (listing("events", product="p3"), "product"),
    "events of a subject": (listing("events", subject_id="b1"), "subject_id"),
    "refused events": (listing("events", outcome="refused"), ""),
    "events, a later page": (listing("events", encode_cursor(f"n{MIDDLE}")), "received_at"),
    "versions of a commit": (listing("versions", scm_sha="abcd"), "scm_sha"),
    "versions of a text": (listing("versions", version="1.9"), "version"),
}


@pytest.fixture(scope="module")
async def grown(postgres_server: PostgresServer) -> AsyncIterator[Database]:
    """A database with rows enough for indexes to pay."""
    url = postgres_server.create_database("grown")
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    async with database.write() as tx:
        for statement in FILL:
            await tx.execute(text(statement))
    yield database
    await database.close()
    postgres_server.drop_database("grown")


@pytest.mark.parametrize("name", QUERIES)
async def test_what_is_wanted_is_found_by_an_index(grown: Database, name: str) -> None:
    query, column = QUERIES[name]
    plan = await plan_of(grown, query)

    assert not READS_ALL.search(plan), plan
    assert column in " ".join(FOUND_BY.findall(plan)), plan


async def plan_of(database: Database, query: Query) -> str:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    engine = database.engine.sync_engine
    async with database.read() as tx:
        event.listen(engine, "before_cursor_execute", note)
        await query(tx)
        event.remove(engine, "before_cursor_execute", note)
        connection = await tx.connection()
        lines: list[str] = []
        for statement, parameters in asked:
            explained = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            lines += explained.scalars()
    return "\n".join(lines)
