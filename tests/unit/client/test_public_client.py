import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsUUID

from deltaci.client import transport
from deltaci.client.control_plane import ControlPlane
from deltaci.client.errors import ApiRefusedError, InvalidAddressError, UnreachableError
from deltaci.testing.scripted_api import ScriptedApi

RUN = "/api/v1/runs/run_1"
ACCEPTED = {"run_id": "run_1", "state": "CREATED"}
DEMO = {"repo_id": "team/demo", "url": "/srv/demo", "default_branch": "main", "created_at": "t"}


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScriptedApi]:
    monkeypatch.setattr(transport, "RETRY_PAUSES_SECONDS", (0.0, 0.0))
    async with ScriptedApi() as scripted:
        yield scripted


@pytest.fixture
def client(api: ScriptedApi) -> ControlPlane:
    return ControlPlane(api.url + "/", "a-token")


async def test_a_run_is_created_with_a_key_of_our_own(
    api: ScriptedApi, client: ControlPlane
) -> None:
    api.answer("POST /api/v1/runs", ACCEPTED, status=201)
    accepted = await asyncio.to_thread(client.runs.create, "demo", "main", reason="why")
    assert accepted == ACCEPTED
    (request,) = api.requests
    assert json.loads(request.body) == {"repo_id": "demo", "ref": "main", "reason": "why"}
    assert request.headers == IsPartialDict(
        {"authorization": "Bearer a-token", "content-type": "application/json"}
    )
    assert request.headers["idempotency-key"] == IsUUID


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    api: ScriptedApi, client: ControlPlane
) -> None:
    api.hang_up("POST /api/v1/runs")
    api.refuse("POST /api/v1/runs", 503, "UNAVAILABLE")
    api.answer("POST /api/v1/runs", ACCEPTED)
    assert await asyncio.to_thread(client.runs.create, "demo", "main") == ACCEPTED
    keys = {request.headers["idempotency-key"] for request in api.requests}
    assert len(api.requests) == 3
    assert len(keys) == 1


async def test_a_refusal_is_final_and_carries_the_envelope(
    api: ScriptedApi, client: ControlPlane
) -> None:
    api.refuse(f"POST {RUN}/cancel", 409, "INVALID_STATE", "it is over")
    with pytest.raises(ApiRefusedError, match="it is over") as refusal:
        await asyncio.to_thread(client.runs.cancel, "run_1")
    assert (refusal.value.status, refusal.value.code) == (409, "INVALID_STATE")
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, b"<html>"), (404, b"not found"), (200, b"<html>"), (404, b'{"error": "text"}')],
)
async def test_whatever_is_not_delta_ci_counts_as_unreachable(
    api: ScriptedApi, client: ControlPlane, status: int, body: bytes
) -> None:
    api.answer(f"GET {RUN}", body, status=status)
    with pytest.raises(UnreachableError):
        await asyncio.to_thread(client.runs.get, "run_1")


def test_nothing_listening_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "RETRY_PAUSES_SECONDS", ())
    with pytest.raises(UnreachableError, match=r"cannot reach http://127\.0\.0\.1:1"):
        ControlPlane("http://127.0.0.1:1", "a-token").runs.get("run_1")


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "file:///etc/passwd", "ftp://host", "http://"])
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(InvalidAddressError):
        ControlPlane(url)


async def test_a_redirect_is_not_followed_with_the_token(
    api: ScriptedApi, client: ControlPlane
) -> None:
    api.answer(f"GET {RUN}", b"", status=302)
    with pytest.raises(UnreachableError):
        await asyncio.to_thread(client.runs.get, "run_1")
    assert {request.path for request in api.requests} == {RUN}


async def test_hostile_names_stay_inside_their_place_in_the_path(
    api: ScriptedApi, client: ControlPlane
) -> None:
    with pytest.raises(ApiRefusedError):
        await asyncio.to_thread(client.runs.log, "run_1", "a/../b?x=1#y\r\nHost: evil")
    (request,) = api.requests
    assert request.path == f"{RUN}/jobs/a%2F..%2Fb%3Fx%3D1%23y%0D%0AHost%3A%20evil/logs"
    assert request.query == {}


async def test_lists_follow_the_cursor_and_leave_empty_filters_out(
    api: ScriptedApi, client: ControlPlane
) -> None:
    pages: list[Any] = [
        {"repositories": [DEMO], "next_cursor": "c"},
        {"repositories": [DEMO], "next_cursor": None},
    ]
    api.answer("GET /api/v1/repositories", *pages)
    assert await asyncio.to_thread(lambda: list(client.repositories.all())) == [DEMO, DEMO]
    assert [request.query for request in api.requests] == [{}, {"cursor": "c"}]


async def test_a_log_is_read_from_an_offset_or_from_its_end(
    api: ScriptedApi, client: ControlPlane
) -> None:
    route = f"GET {RUN}/jobs/test/logs"
    api.answer(route, b"lines")
    assert await asyncio.to_thread(client.runs.log, "run_1", "test", attempt=2) == b"lines"
    await asyncio.to_thread(client.runs.log, "run_1", "test", start=7)
    await asyncio.to_thread(client.runs.log, "run_1", "test", last=9)
    asked = [(each.query, each.headers.get("range")) for each in api.received(route)]
    assert asked == [({"attempt": "2"}, None), ({}, "bytes=7-"), ({}, "bytes=-9")]


async def test_nothing_after_the_offset_is_no_error(api: ScriptedApi, client: ControlPlane) -> None:
    api.refuse(f"GET {RUN}/jobs/test/logs", 416, "INVALID_REQUEST")
    assert await asyncio.to_thread(client.runs.log, "run_1", "test", start=7) == b""


async def test_adding_the_same_repository_again_is_fine(
    api: ScriptedApi, client: ControlPlane
) -> None:
    api.refuse("POST /api/v1/repositories", 409, "INVALID_STATE", "exists")
    api.answer("GET /api/v1/repositories/team/demo", DEMO)
    assert await asyncio.to_thread(client.repositories.add, "team/demo", "/srv/demo") == DEMO
    with pytest.raises(ApiRefusedError, match="exists"):
        await asyncio.to_thread(client.repositories.add, "team/demo", "/elsewhere")


async def test_a_rerun_names_jobs_only_when_asked(api: ScriptedApi, client: ControlPlane) -> None:
    api.answer(f"POST {RUN}/rerun", {"run_id": "run_2"}, status=201)
    await asyncio.to_thread(client.runs.rerun, "run_1")
    await asyncio.to_thread(client.runs.rerun, "run_1", jobs=["a"], key="k")
    assert [json.loads(each.body) for each in api.requests] == [{}, {"jobs": ["a"]}]
    assert api.requests[1].headers["idempotency-key"] == "k"
