import psycopg
import pytest

from deltaci.testing import postgres
from deltaci.testing.postgres import PostgresServer, PostgresUnavailableError


def _rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    assert _rows(postgres_url, "SELECT * FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_database_can_be_a_copy_of_another(postgres_server: PostgresServer) -> None:
    original = postgres_server.create_database("original")
    _rows(original, "CREATE TABLE fact AS SELECT 42 AS answer")

    copy = postgres_server.create_database("copy", template="original")

    assert _rows(copy, "SELECT answer FROM fact") == [(42,)]
    postgres_server.drop_database("copy")
    postgres_server.drop_database("original")


def test_the_server_listens_on_no_port(postgres_url: str) -> None:
    assert _rows(postgres_url, "SHOW listen_addresses") == [("",)]


def test_missing_binaries_are_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "DEBIAN_BINARIES", "nowhere/*/bin/initdb")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(PostgresUnavailableError, match="apt-get install postgresql"):
        postgres.find_postgres_binaries()


def test_a_server_that_does_not_start_shows_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres.SERVER_SETTINGS, "shared_buffers", "nonsense")

    with (
        pytest.raises(PostgresUnavailableError, match="pg_ctl failed"),
        postgres.running_postgres(),
    ):
        pytest.fail("the server started")
