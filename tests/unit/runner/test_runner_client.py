import json
from collections.abc import AsyncIterator

import pytest

from deltaci.client.runner import (
    OffsetMismatchError,
    RefusedError,
    RunnerClient,
    RunnerClientError,
    StaleLeaseError,
    TooLargeError,
    UnreachableError,
)
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.wire.runner import HandBack, LeaseRequest

HAND_BACK = HandBack(lease_id="lease_x", runner_id="r")


class Script:
    """Answers every request the same way and remembers the last."""

    def __init__(self) -> None:
        self.answer = Answer(200, b"{}")
        self.last: Request | None = None

    async def __call__(self, request: Request) -> Answer:
        self.last = request
        return self.answer

    def refuse(self, status: int, code: str = "X", **details: object) -> None:
        body = {"error": {"code": code, "message": "because", "details": details}}
        self.answer = Answer(status, json.dumps(body).encode())


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def client(script: Script) -> AsyncIterator[RunnerClient]:
    stub = HttpStub(script)
    await stub.start()
    async with RunnerClient(f"http://127.0.0.1:{stub.port}/", "tok") as client:
        yield client
    await stub.stop()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (409, "STALE_LEASE", StaleLeaseError),
        (413, "INVALID_REQUEST", TooLargeError),
        (409, "INVALID_STATE", RefusedError),
        (400, "INVALID_REQUEST", RefusedError),
        (401, "UNAUTHORIZED", RefusedError),
        (429, "X", UnreachableError),
        (500, "INTERNAL_ERROR", UnreachableError),
        (503, "X", UnreachableError),
    ],
)
async def test_each_refusal_has_its_exception(
    client: RunnerClient, script: Script, status: int, code: str, error: type[RunnerClientError]
) -> None:
    script.refuse(status, code)
    with pytest.raises(error) as caught:
        await client.hand_back(HAND_BACK)
    assert "lease_x" not in str(caught.value)


async def test_a_wrong_offset_says_where_to_go_on(client: RunnerClient, script: Script) -> None:
    script.refuse(409, "INVALID_STATE", next_offset=7)
    with pytest.raises(OffsetMismatchError) as caught:
        await client.append_log("lease_x", 9, b"abc")
    assert caught.value.next_offset == 7


@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": 3}', b"<html>"])
async def test_errors_that_are_not_ours(client: RunnerClient, script: Script, body: bytes) -> None:
    script.answer = Answer(404, body)
    with pytest.raises(RefusedError, match="HTTP 404"):
        await client.hand_back(HAND_BACK)


async def test_fields_of_a_newer_server_are_ignored(client: RunnerClient, script: Script) -> None:
    lease = {
        "type": "LeaseGranted",
        "run_id": "r",
        "job_id": "j",
        "lease_id": "l",
        "lease_ttl_seconds": 9,
        "heartbeat_interval_seconds": 3,
        "max_runtime_seconds": 60,
        "job_spec": {"name": "n", "steps": ["true"], "novelty": 1},
        "checkout": dict.fromkeys(("repo_id", "url", "commit_sha", "ref"), "x") | {"fork": False},
        "attempt_number": 1,
        "novelty": {"a": 1},
    }
    script.answer = Answer(200, json.dumps(lease).encode())
    granted = await client.lease(LeaseRequest(runner_id="r", wait_seconds=0))
    assert granted is not None
    assert granted.job_spec.steps == ("true",)


async def test_an_answer_without_sense_is_tried_again_later(
    client: RunnerClient, script: Script
) -> None:
    script.answer = Answer(200, b"<html>login</html>")
    with pytest.raises(UnreachableError):
        await client.lease(LeaseRequest(runner_id="r", wait_seconds=0))


async def test_the_lease_travels_in_a_header_and_never_in_the_address(
    client: RunnerClient, script: Script
) -> None:
    script.answer = Answer(200, b'{"next_offset": 3}')
    assert await client.append_log("lease_x", 0, b"abc") == 3
    request = script.last
    assert request is not None
    assert request.headers["delta-lease"] == "lease_x"
    assert request.headers["authorization"] == "Bearer tok"
    assert request.path == "/api/v1/internal/logs"
    assert dict(request.query) == {"offset": "0"}
    assert request.body == b"abc"
