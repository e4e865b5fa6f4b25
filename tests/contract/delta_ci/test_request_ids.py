"""Every answer can be found in the log, and the log holds nothing that could be a secret."""

from typing import Any

import pytest
import structlog
from dirty_equals import IsPartialDict, IsPositiveFloat, IsStr
from structlog.testing import capture_logs

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi

MADE = IsStr(regex="req_[0-9a-f]{32}")


@pytest.fixture
def lines() -> Any:
    """Log lines while the test runs, with what is bound to each request."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/nothing", 404),
        ("DELETE", "/api/v1/tokens", 405),
        ("GET", "/api/v1/runs", 401),
    ],
)
async def test_every_answer_has_an_id(api: ServedApi, method: str, path: str, status: int) -> None:
    answer = await api.caller().request(method, path)

    assert answer.status_code == status
    assert answer.headers["x-request-id"] == MADE


@pytest.mark.parametrize("given", ["trace-1", "req_0", "A" * 100, "4bf92f35:00f0"])
async def test_a_callers_own_id_is_kept(api: ServedApi, given: str) -> None:
    answer = await api.caller().get("/healthz", headers={"X-Request-Id": given})

    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "A" * 101, "a b", "<script>", '"', "-", "a;b", "\x80"])
async def test_an_id_that_makes_no_sense_is_replaced(api: ServedApi, given: str) -> None:
    answer = await api.caller().get("/healthz", headers={b"X-Request-Id": given.encode("latin-1")})

    assert answer.headers["x-request-id"] == MADE


async def test_an_unexpected_failure_is_logged_under_its_id(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch, lines: list[Any]
) -> None:
    def explode() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(api.core.database, "read", explode)

    answer = await api.caller(Role.OBSERVER).get("/api/v1/runs")

    assert answer.status_code == 500
    request_id = answer.headers["x-request-id"]
    assert [(line["event"], line["request_id"]) for line in lines] == [
        ("request_failed", request_id),
        ("request", request_id),
    ]


async def test_a_line_tells_who_asked_for_what_but_no_query(
    api: ServedApi, lines: list[Any]
) -> None:
    await api.caller(Role.OBSERVER, subject="ada").get("/api/v1/runs?token=hunter2")

    assert lines == [
        IsPartialDict(
            event="request",
            log_level="info",
            method="GET",
            route="/api/v1/runs",
            status=200,
            caller="ada",
            milliseconds=IsPositiveFloat(),
        )
    ]
    assert "hunter2" not in str(lines)


async def test_probes_are_quiet(api: ServedApi, lines: list[Any]) -> None:
    await api.caller().get("/readyz")

    assert [line["log_level"] for line in lines] == ["debug"]
