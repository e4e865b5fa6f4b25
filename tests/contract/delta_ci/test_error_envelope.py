"""Seed «Error Structure»: every failure has one shape and a stable code, and leaks nothing."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from dirty_equals import IsStr
from structlog.testing import capture_logs

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi

JSON = {"Content-Type": "application/json"}


def assert_refused(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = dict(answer.json()["error"])
    assert error == {"code": code, "message": IsStr(min_length=1), "details": error["details"]}
    assert isinstance(error["details"], dict)
    return error


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/runs/", "/api/v2/runs"])
async def test_an_unknown_route_is_not_found(api: ServedApi, path: str) -> None:
    assert_refused(await api.caller().get(path), 404, "NOT_FOUND")


async def test_a_wrong_method_is_refused_with_the_right_ones(api: ServedApi) -> None:
    answer = await api.caller(Role.ADMIN).delete("/api/v1/tokens")

    assert_refused(answer, 405, "INVALID_REQUEST")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"repo_id": ', id="cut off"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'{"repo_id": ' + b"9" * 5000 + b"}", id="a number without end"),
        pytest.param(b'{"\\ud800": 1}', id="half a character"),
        pytest.param(b"null", id="null"),
        pytest.param(b"", id="empty"),
    ],
)
async def test_a_malformed_body_is_invalid(api: ServedApi, body: bytes) -> None:
    answer = await api.caller(Role.ADMIN).post("/api/v1/runs", content=body, headers=JSON)

    assert_refused(answer, 400, "INVALID_REQUEST")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_json_under_another_content_type_is_invalid(api: ServedApi, kind: str) -> None:
    answer = await api.caller(Role.ADMIN).post(
        "/api/v1/runs", content=b'{"repo_id": "a", "ref": "main"}', headers={"Content-Type": kind}
    )

    assert_refused(answer, 400, "INVALID_REQUEST")


async def test_every_faulty_field_is_named_and_none_is_echoed(api: ServedApi) -> None:
    body = {"repo_id": "!secret-1", "ref": ["secret-2"], "reason": 3, "extra": "secret-4"}

    answer = await api.caller(Role.ADMIN).post("/api/v1/runs", json=body)

    error = assert_refused(answer, 400, "INVALID_REQUEST")
    assert {fault["field"] for fault in error["details"]["fields"]} == {
        "body.repo_id",
        "body.ref",
        "body.reason",
        "body.extra",
    }
    assert "secret" not in answer.text


async def test_a_declared_oversize_body_is_refused(api: ServedApi) -> None:
    body = json.dumps({"reason": "x" * api.core.settings.request_max_bytes})

    answer = await api.caller(Role.ADMIN).post("/api/v1/runs", content=body, headers=JSON)

    error = assert_refused(answer, 413, "INVALID_REQUEST")
    assert error["details"] == {"max_bytes": api.core.settings.request_max_bytes}


async def test_a_chunked_oversize_body_is_refused(api: ServedApi) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(api.core.settings.request_max_bytes // 65_536 + 1):
            yield b" " * 65_536

    answer = await api.caller(Role.ADMIN).post("/api/v1/runs", content=endless(), headers=JSON)

    assert_refused(answer, 413, "INVALID_REQUEST")


async def test_without_a_token_the_caller_is_told_how_to_authenticate(api: ServedApi) -> None:
    answer = await api.caller().get("/api/v1/runs")

    assert_refused(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/api/v1/runs/run_0", "/api/v1/repositories/no/such"])
async def test_a_missing_resource_is_not_found(api: ServedApi, path: str) -> None:
    assert_refused(await api.caller(Role.OBSERVER).get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("action", ["cancel", "rerun"])
async def test_acting_on_an_unknown_run_is_not_found(api: ServedApi, action: str) -> None:
    answer = await api.caller(Role.DEVELOPER).post(f"/api/v1/runs/run_0/{action}")

    assert_refused(answer, 404, "NOT_FOUND")


async def test_an_unexpected_failure_says_nothing_of_its_inside(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode() -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(api.core.database, "read", explode)

    with capture_logs() as logged:
        answer = await api.caller(Role.OBSERVER).get("/api/v1/runs")

    error = assert_refused(answer, 500, "INTERNAL_ERROR")
    assert "hunter2" not in answer.text
    assert error["details"] == {}
    assert [(line["event"], line["route"]) for line in logged] == [
        ("request_failed", "/api/v1/runs"),
        ("request", "/api/v1/runs"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/runs?repo=%00",
        "/api/v1/runs?cursor=WyIAIl0",
        "/api/v1/runs/%00",
        "/api/v1/runs/run_0/jobs/%00/logs",
        "/api/v1/repositories/a%00b",
        "/api/v1/artifacts/99999999999999999999",
        "/api/v1/runs/run_0/jobs/x/logs?attempt=99999999999999999999",
    ],
)
async def test_what_no_database_could_hold_is_invalid_on_each(
    api_on_each_database: ServedApi, path: str
) -> None:
    answer = await api_on_each_database.caller(Role.OBSERVER).get(path)

    assert_refused(answer, 400, "INVALID_REQUEST")


async def test_a_text_that_no_database_could_hold_is_invalid_on_each(
    api_on_each_database: ServedApi,
) -> None:
    answer = await api_on_each_database.caller(Role.ADMIN).post(
        "/api/v1/tokens", json={"subject": "a\0b", "roles": ["observer"]}
    )

    assert_refused(answer, 400, "INVALID_REQUEST")
