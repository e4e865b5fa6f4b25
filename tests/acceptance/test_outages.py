"""What is asked for while a part is away is stored, or refused plainly; work goes on afterwards."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from sqlalchemy import make_url

from deltaci.testing.ci_bench import RUNS, CiBench
from deltaci.testing.postgres import PostgresServer


def test_a_run_asked_for_while_temporal_is_down_happens_later(bench: CiBench) -> None:
    repository = bench.repository({"test": {"steps": [bench.trace("test")]}})
    bench.stack["temporal"].kill()
    run = bench.create(repository)
    assert bench.read(run)["run"]["state"] == "CREATED"
    ready = bench.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": True, "temporal": False})
    bench.stack["temporal"].start()
    assert bench.until_ended(run) == "SUCCEEDED"
    assert bench.traces("test") == 1


@pytest.mark.slow  # SQLite's busy timeout is fifteen seconds
def test_a_locked_database_is_said_to_be_unavailable(bench: CiBench) -> None:
    repository = bench.repository({"test": {"steps": ["true"]}})
    with locked(bench):
        refuses_to_store(bench, repository.path.name)
        assert bench.http.get(RUNS).status_code == 200
    assert bench.until_ended(bench.create(repository)) == "SUCCEEDED"


@contextmanager
def locked(bench: CiBench) -> Iterator[None]:
    file = make_url(bench.stack.database_url).database
    with closing(sqlite3.connect(str(file), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("stack", ["postgresql"], indirect=True)
def test_a_run_goes_on_after_the_database_was_away(
    bench: CiBench, postgres_server: PostgresServer
) -> None:
    repository = bench.repository({"test": {"steps": [bench.gate("test")]}})
    run = bench.create(repository)
    bench.until_traced("test")
    with unreachable(bench, postgres_server):
        refuses_to_store(bench, repository.path.name)
        assert bench.http.get("/readyz").status_code == 503
        answer = bench.http.get(f"{RUNS}/{run}")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "INTERNAL_ERROR"
    bench.open("test")
    assert bench.until_ended(run) == "SUCCEEDED"


@contextmanager
def unreachable(bench: CiBench, server: PostgresServer) -> Iterator[None]:
    """The database accepts nobody, and everybody is thrown out."""
    name = make_url(bench.stack.database_url).database
    address = make_url(server.url("postgres")).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def refuses_to_store(bench: CiBench, repo_id: str) -> None:
    answer = bench.post("", {"repo_id": repo_id, "ref": "main"})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "INTERNAL_ERROR"
    assert "sql" not in answer.text.lower()
    assert answer.headers["Retry-After"]
