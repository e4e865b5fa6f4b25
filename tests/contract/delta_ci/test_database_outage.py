"""While the database cannot be used, callers are asked to try again and told nothing else."""

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi


@pytest.mark.parametrize("path", ["/api/v1/runs", "/api/v1/runs/run_0"])
async def test_a_database_that_is_away_is_unavailable(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def away(_session: object) -> None:
        raise OperationalError("SELECT secret", {}, sqlite3.OperationalError("host db.internal"))

    monkeypatch.setattr("sqlalchemy.ext.asyncio.AsyncSession.__aenter__", away)

    with capture_logs() as lines:
        answer = await api.caller(Role.OBSERVER).get(path)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["code"] == "INTERNAL_ERROR"
    assert "secret" not in answer.text
    assert "internal" not in answer.text
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["unavailable"]
