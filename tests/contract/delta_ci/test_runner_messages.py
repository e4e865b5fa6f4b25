"""Spec §3.3: what runners may send, and what is stale. Enums are closed, documented fields open."""

from typing import Any

import pytest
from dirty_equals import IsInt, IsPartialDict, IsStr

from deltaci.testing.api_calls import ServedApi
from deltaci.testing.protocol_calls import ProtocolRunner

CANONICAL_HEARTBEAT = {
    "type": "Heartbeat",
    "progress": {"percent": 42, "current_step": "go test", "step_index": 1, "message": "fine"},
    "log_cursor": {"bytes_sent": 10},
    "ts": "2026-01-12T08:01:00Z",
}
CANONICAL_COMPLETE = {
    "type": "Complete",
    "status": "SUCCEEDED",
    "exit_code": 0,
    "timings": {"started_at": "2026-01-12T08:01:00Z", "finished_at": "2026-01-12T08:05:00Z"},
    "finished_at": "2026-01-12T08:05:00Z",
    "artifacts": [{"type": "log", "uri": "s3://bucket/log.txt"}],
    "caches": [{"type": "deps", "key": "go:deps:1", "hit": True, "read_only": False}],
    "summary": "all green",
}


@pytest.fixture
async def hands(api: ServedApi, start_run: Any, runner: Any) -> ProtocolRunner:
    """A runner whose job has started."""
    run = await start_run(api)
    await run.plan()
    await run.offer("build")
    hands: ProtocolRunner = runner(api)
    await hands.start()
    return hands


async def test_a_lease_says_everything_that_a_runner_needs(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    run, hands = await start_run(api), runner(api)
    await run.plan()
    await run.offer("build")

    grant = await hands.lease()

    assert grant == IsPartialDict(
        type="LeaseGranted",
        run_id=run.run_id,
        job_id=IsStr(),
        lease_id=IsStr(min_length=32),
        lease_ttl_seconds=IsInt(gt=grant["heartbeat_interval_seconds"]),
        max_runtime_seconds=IsInt(gt=0),
        job_spec=IsPartialDict(name="build", steps=["go build ./..."], workdir="."),
    )


async def test_no_job_is_no_content(api: ServedApi, runner: Any) -> None:
    answer = await runner(api).say("lease", wait_seconds=0)

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("path", "message"), [("heartbeat", CANONICAL_HEARTBEAT), ("complete", CANONICAL_COMPLETE)]
)
async def test_canonical_messages_and_unknown_fields_are_accepted(
    hands: ProtocolRunner, path: str, message: dict[str, Any]
) -> None:
    answer = await hands.say(path, **message, from_the_future={"x": 1})

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("complete", {"status": "SUCCESS"}),
        ("complete", {"status": "succeeded"}),
        ("complete", {"status": ""}),
        ("complete", {"status": "SUCCEEDED", "type": "Heartbeat"}),
        ("cancel-ack", {"final_status": "FAILED"}),
        ("heartbeat", {"type": "Complete"}),
    ],
)
async def test_unknown_enum_values_are_invalid(
    hands: ProtocolRunner, path: str, message: dict[str, Any]
) -> None:
    answer = await hands.say(path, **message)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    "message",
    [
        {"exit_code": 2**80},
        {"summary": "a\0b"},
        {"artifacts": [{"type": "a\0b", "uri": "s3://b/k"}]},
        {"timings": {"started_at": "0001-01-01T00:00:00+14:00"}},
        {"steps": [{"index": 0, "command": "c", "duration_seconds": "inf"}]},
        {"steps": [{"index": 0, "command": "c", "duration_seconds": -1}]},
        {"artifacts": [{"type": "x", "uri": "s3://b/k"}] * 201},
    ],
)
async def test_values_that_make_no_sense_are_invalid(
    hands: ProtocolRunner, message: dict[str, Any]
) -> None:
    answer = await hands.say("complete", status="FAILED", **message)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


async def test_an_exact_replay_gets_the_same_answer_and_another_end_is_stale(
    hands: ProtocolRunner,
) -> None:
    first = await hands.say("complete", status="SUCCEEDED", exit_code=0)
    replay = await hands.say("complete", status="SUCCEEDED", exit_code=0)
    other = await hands.say("complete", status="FAILED", exit_code=1)

    assert first.json() == replay.json() == IsPartialDict(type="CompleteAck", accepted=True)
    assert other.status_code == 409


@pytest.mark.parametrize("path", ["ack-lease", "heartbeat", "complete", "cancel-ack", "release"])
async def test_a_stale_answer_has_both_forms_and_no_lease_id(
    hands: ProtocolRunner, path: str
) -> None:
    unknown = "lease_" + "0" * 40

    answer = await hands.say(path, lease_id=unknown, job_id="j", status="SUCCEEDED")

    assert answer.status_code == 409
    assert answer.json() == IsPartialDict(
        error=IsPartialDict(code="STALE_LEASE"), type="StaleLease", reason="UNKNOWN_LEASE"
    )
    assert unknown not in answer.text


async def test_another_runners_lease_is_unknown(
    api: ServedApi, hands: ProtocolRunner, runner: Any
) -> None:
    thief: ProtocolRunner = runner(api)

    answer = await thief.say("complete", lease_id=hands.grant["lease_id"], status="SUCCEEDED")
    thief.grant = hands.grant
    log = await thief.append_log("not mine")

    assert answer.json()["reason"] == log.json()["reason"] == "UNKNOWN_LEASE"


async def test_a_cancel_ack_that_nobody_asked_for_is_stale(hands: ProtocolRunner) -> None:
    assert (await hands.say("cancel-ack")).status_code == 409


async def test_duplicate_acknowledgements_are_harmless(hands: ProtocolRunner) -> None:
    again = [await hands.say("ack-lease", job_id=hands.grant["job_id"]) for _ in range(2)]

    assert {answer.status_code for answer in again} == {200}


async def test_a_log_goes_on_where_it_ends(hands: ProtocolRunner) -> None:
    await hands.append_log("12345")

    repeated = await hands.append_log("12345")
    continued = await hands.append_log("678", offset=5)

    assert repeated.status_code == 409
    assert repeated.json()["error"]["details"] == {"next_offset": 5}
    assert continued.json() == {"next_offset": 8}


async def test_a_full_log_is_cut_and_says_so(api: ServedApi, hands: ProtocolRunner) -> None:
    limit = api.core.settings.log_max_bytes

    cut = await hands.append_log("x" * (limit + 10))
    more = await hands.append_log("y", offset=limit)

    assert cut.json() == {"next_offset": limit}
    assert more.status_code == 413


async def test_a_lease_id_never_travels_in_an_address(hands: ProtocolRunner) -> None:
    answer = await hands.client.post(
        "/api/v1/internal/logs",
        params={"offset": 0, "lease_id": hands.grant["lease_id"]},
        content=b"x",
        headers={"Content-Type": "application/octet-stream"},
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["fields"][0]["field"] == "header.Delta-Lease"
