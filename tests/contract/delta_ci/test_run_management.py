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


async def test_a_rerun_is_a_new_run_and_leaves_the_original_alone(
    api: ServedApi, start_run: Any
) -> None:
    run, observer = await start_run(api), api.caller(Role.OBSERVER)
    await run.plan()
    await run.settle()
    before = (await observer.get(f"/api/v1/runs/{run.run_id}")).json()

    answer = await api.caller(Role.DEVELOPER).post(f"/api/v1/runs/{run.run_id}/rerun")

    assert answer.status_code == 201
    new_id = answer.json()["run_id"]
    assert answer.json() == {
        "run_id": IsStr(regex="run_.+"),
        "original_run": run.run_id,
        "state": "CREATED",
        "created": True,
        "idempotencyKey": IsStr(min_length=1),
    }
    assert (await observer.get(f"/api/v1/runs/{run.run_id}")).json() == before
    again = (await observer.get(f"/api/v1/runs/{new_id}")).json()["run"]
    for copied in ("repo_id", "ref", "commit_sha"):
        assert again[copied] == before["run"][copied]
    assert again["original_run_id"] == run.run_id
    assert await audit_of(api, new_id) == ["run.rerun"]


async def test_a_rerun_with_a_key_is_idempotent(
    api_on_each_database: ServedApi, start_run: Any
) -> None:
    api = api_on_each_database
    run = await start_run(api)
    caller, key = api.caller(Role.DEVELOPER), {"Idempotency-Key": "rerun-1"}
    path = f"/api/v1/runs/{run.run_id}/rerun"

    answers = await asyncio.gather(*(caller.post(path, headers=key) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert sum(answer.json()["created"] for answer in answers) == 1
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    assert {answer.json()["idempotencyKey"] for answer in answers} == {"rerun-1"}


async def test_a_rerun_key_with_another_filter_is_invalid(api: ServedApi, start_run: Any) -> None:
    run = await start_run(api)
    await run.plan()
    caller, key = api.caller(Role.DEVELOPER), {"Idempotency-Key": "rerun-2"}
    path = f"/api/v1/runs/{run.run_id}/rerun"
    await caller.post(path, headers=key)

    answer = await caller.post(path, headers=key, json={"jobs": ["test"]})

    assert answer.status_code == 400


async def test_without_a_key_every_rerun_is_new(api: ServedApi, start_run: Any) -> None:
    run, caller = await start_run(api), api.caller(Role.DEVELOPER)
    path = f"/api/v1/runs/{run.run_id}/rerun"

    first, second = await caller.post(path), await caller.post(path)

    assert first.json()["run_id"] != second.json()["run_id"]


async def test_a_filtered_rerun_adds_what_the_named_jobs_need(
    api: ServedApi, start_run: Any
) -> None:
    run = await start_run(api)
    await run.plan()

    answer = await api.caller(Role.DEVELOPER).post(
        f"/api/v1/runs/{run.run_id}/rerun", json={"jobs": ["test"]}
    )
    again = type(run)(run.core, run.commits, answer.json()["run_id"])
    await again.plan()

    detail = (await api.caller(Role.OBSERVER).get(f"/api/v1/runs/{again.run_id}")).json()
    assert [job["job"]["name"] for job in detail["jobs"]] == ["build", "test"]
    assert [skipped["name"] for skipped in detail["plan"]["skipped_jobs"]] == ["lint"]


async def test_a_rerun_of_unknown_jobs_is_invalid(api: ServedApi, start_run: Any) -> None:
    run = await start_run(api)
    await run.plan()

    answer = await api.caller(Role.DEVELOPER).post(
        f"/api/v1/runs/{run.run_id}/rerun", json={"jobs": ["test", "nope"]}
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["unknown_jobs"] == ["nope"]
