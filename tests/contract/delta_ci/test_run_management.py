"""Seed «Run Management API» and «Idempotency Guarantees»."""

import asyncio
from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr
from sqlalchemy import func, select

from deltaci.identity.roles import Role
from deltaci.states import RunState
from deltaci.store.tables import AuditEvent, Effect, Run
from deltaci.testing.api_calls import ServedApi


async def audit_of(api: ServedApi, subject_id: str) -> list[str]:
    async with api.core.database.read() as tx:
        statement = select(AuditEvent.action).where(AuditEvent.subject_id == subject_id)
        return list((await tx.scalars(statement.order_by(AuditEvent.id))).all())


async def runs_of(api: ServedApi, repo_id: str) -> int:
    async with api.core.database.read() as tx:
        statement = select(func.count()).select_from(Run).where(Run.repo_id == repo_id)
        return await tx.scalar(statement) or 0


async def state_of(api: ServedApi, run_id: str) -> str:
    answer = await api.caller(Role.OBSERVER).get(f"/api/v1/runs/{run_id}")
    return str(answer.json()["run"]["state"])


async def test_a_run_is_accepted_while_temporal_is_down(api: ServedApi, register: Any) -> None:
    repository = await register(api)

    answer = await api.caller(Role.DEVELOPER).post(
        "/api/v1/runs", json={"repo_id": repository.repo_id, "ref": "main", "reason": "manual"}
    )

    assert answer.status_code == 201
    assert answer.json() == {"run_id": IsStr(regex="run_.+"), "state": "CREATED"}
    async with api.core.database.read() as tx:
        promised = (await tx.scalars(select(Effect.payload))).all()
    assert {"run_id": answer.json()["run_id"]} in promised
    assert await audit_of(api, answer.json()["run_id"]) == ["run.created"]


@pytest.mark.parametrize("ref", ["refs/heads/main", "main", "v1", "{head}"])
async def test_a_ref_is_resolved_once_at_creation(
    api: ServedApi, register: Any, start_run: Any, ref: str
) -> None:
    repository = await register(api)
    repository.git.git("tag", "v1")
    before = repository.git.head
    run = await start_run(api, repository, ref=ref.format(head=before))

    repository.git.commit({"later.go": "package main\n"})

    detail = (await api.caller(Role.OBSERVER).get(f"/api/v1/runs/{run.run_id}")).json()
    assert detail["run"]["commit_sha"] == before


@pytest.mark.parametrize("ref", ["refs/heads/none", "0" * 40, "--upload-pack=evil", "a..b", "-"])
async def test_a_ref_that_names_nothing_is_invalid(api: ServedApi, register: Any, ref: str) -> None:
    repository = await register(api)

    answer = await api.caller(Role.DEVELOPER).post(
        "/api/v1/runs", json={"repo_id": repository.repo_id, "ref": ref}
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"
    assert await runs_of(api, repository.repo_id) == 0


async def test_an_unknown_repository_is_not_found(api: ServedApi) -> None:
    answer = await api.caller(Role.DEVELOPER).post(
        "/api/v1/runs", json={"repo_id": "no/such", "ref": "main"}
    )

    assert answer.status_code == 404


async def test_a_new_run_does_not_override_another(
    api: ServedApi, register: Any, start_run: Any
) -> None:
    repository = await register(api)
    first = await start_run(api, repository)
    second = await start_run(api, repository)

    assert first.run_id != second.run_id
    assert await state_of(api, first.run_id) == "CREATED"


async def test_a_key_gives_the_first_answer_again(
    api_on_each_database: ServedApi, register: Any
) -> None:
    api = api_on_each_database
    repository = await register(api)
    request = {"repo_id": repository.repo_id, "ref": "main"}

    async def create(subject: str = "ada") -> Any:
        return await api.caller(Role.DEVELOPER, subject=subject).post(
            "/api/v1/runs", json=request, headers={"Idempotency-Key": "one"}
        )

    answers = await asyncio.gather(*(create() for _ in range(10)))
    replay, another_caller = await create(), await create("bob")

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["run_id"] for answer in [*answers, replay]}) == 1
    assert replay.headers["idempotency-replayed"] == "true"
    assert another_caller.json()["run_id"] != replay.json()["run_id"], "a key is its caller's own"
    assert await runs_of(api, repository.repo_id) == 2


async def test_a_key_used_for_something_else_is_invalid(api: ServedApi, register: Any) -> None:
    repository = await register(api)
    caller = api.caller(Role.DEVELOPER, subject="eve")
    key = {"Idempotency-Key": "reused"}
    request = {"repo_id": repository.repo_id, "ref": "main"}
    await caller.post("/api/v1/runs", json=request, headers=key)

    answer = await caller.post("/api/v1/runs", json=request | {"reason": "other"}, headers=key)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize("key", ["x" * 256, "tab\there", "\x80"])
async def test_a_key_that_cannot_be_one_is_invalid(api: ServedApi, register: Any, key: str) -> None:
    repository = await register(api)

    answer = await api.caller(Role.DEVELOPER).post(
        "/api/v1/runs",
        json={"repo_id": repository.repo_id, "ref": "main"},
        headers={b"Idempotency-Key": key.encode("latin-1")},
    )

    assert answer.status_code == 400


async def test_a_failed_request_leaves_its_key_free(api: ServedApi, register: Any) -> None:
    repository = await register(api)
    caller, key = api.caller(Role.DEVELOPER, subject="kim"), {"Idempotency-Key": "again"}
    request = {"repo_id": repository.repo_id, "ref": "refs/heads/soon"}
    assert (await caller.post("/api/v1/runs", json=request, headers=key)).status_code == 400

    repository.git.branch("soon")

    assert (await caller.post("/api/v1/runs", json=request, headers=key)).status_code == 201


async def test_cancel_is_idempotent(
    api_on_each_database: ServedApi, start_run: Any, runner: Any
) -> None:
    api = api_on_each_database
    run, hands = await start_run(api), runner(api_on_each_database)
    await run.plan()
    await run.offer("build")
    await hands.start()

    answers = await asyncio.gather(
        *(api.caller(Role.DEVELOPER).post(f"/api/v1/runs/{run.run_id}/cancel") for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert all(a.json() == {"run_id": run.run_id, "state": "CANCEL_REQUESTED"} for a in answers)
    assert (await audit_of(api, run.run_id)).count("run.cancel_requested") == 1


async def test_a_cancel_reaches_the_active_job_and_ends_the_others(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    run, hands = await start_run(api), runner(api)
    await run.plan()
    await run.offer("build")
    await hands.start()

    await api.caller(Role.DEVELOPER).post(f"/api/v1/runs/{run.run_id}/cancel")
    told = (await hands.say("heartbeat")).json()
    acknowledged = await hands.say("cancel-ack", final_status="CANCELED")
    await run.settle()

    assert told == IsPartialDict(cancel_requested=True, cancel_reason="RUN_CANCELED")
    assert acknowledged.status_code == 200
    detail = (await api.caller(Role.OBSERVER).get(f"/api/v1/runs/{run.run_id}")).json()
    assert detail["run"]["state"] == "CANCELED"
    assert {job["job"]["state"] for job in detail["jobs"]} == {"CANCELED"}


@pytest.mark.parametrize("planned", [False, True])
async def test_a_run_can_be_cancelled_before_anything_runs(
    api: ServedApi, start_run: Any, planned: bool
) -> None:
    run = await start_run(api)
    if planned:
        await run.plan()

    answer = await api.caller(Role.DEVELOPER).post(f"/api/v1/runs/{run.run_id}/cancel")

    assert answer.json()["state"] == "CANCEL_REQUESTED"
    assert await run.settle() is RunState.CANCELED
    again = await api.caller(Role.DEVELOPER).post(f"/api/v1/runs/{run.run_id}/cancel")
    assert (again.status_code, again.json()["state"]) == (200, "CANCELED")


async def test_an_ended_run_cannot_be_cancelled(api: ServedApi, start_run: Any) -> None:
    run = await start_run(api)
    await run.plan()
    await run.settle()

    answer = await api.caller(Role.DEVELOPER).post(f"/api/v1/runs/{run.run_id}/cancel")

    assert answer.status_code == 409
    assert answer.json()["error"] == {
        "code": "INVALID_STATE",
        "message": "Cannot cancel a completed run",
        "details": {"state": "FAILED"},
    }
    assert await state_of(api, run.run_id) == "FAILED", "a terminal state is never rolled back"
