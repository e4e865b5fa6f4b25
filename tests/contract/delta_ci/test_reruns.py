"""Seed «Rerun»: a new run of the same commit, whole or in part, once per key."""

import asyncio
from typing import Any

from dirty_equals import IsStr
from sqlalchemy import select

from deltaci.identity.roles import Role
from deltaci.store.tables import AuditEvent
from deltaci.testing.api_calls import ServedApi


async def audit_of(api: ServedApi, subject_id: str) -> list[str]:
    async with api.core.database.read() as tx:
        statement = select(AuditEvent.action).where(AuditEvent.subject_id == subject_id)
        return list((await tx.scalars(statement.order_by(AuditEvent.id))).all())


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
