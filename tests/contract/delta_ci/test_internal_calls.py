"""Seed «Internal Control Plane APIs»: deterministic, read-only, advisory."""

from typing import Any

from dirty_equals import IsInt, IsList, IsPartialDict, IsStr
from sqlalchemy import func, select

from deltaci.identity.roles import Role
from deltaci.store.tables import Base
from deltaci.testing.api_calls import ServedApi

PLANS = "/api/v1/internal/plans"
ANALYZE = "/api/v1/internal/failures/analyze"


async def row_counts(api: ServedApi) -> dict[str, int]:
    async with api.core.database.read() as tx:
        return {
            table.name: await tx.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


async def test_a_plan_is_deterministic_and_mutates_nothing(api: ServedApi, register: Any) -> None:
    repository = await register(api)
    caller, before = api.caller(Role.DEVELOPER), await row_counts(api)
    request = {
        "run_id": "run_456",
        "repo_id": repository.repo_id,
        "commit_sha": repository.git.head,
        "diff_summary": {},
    }

    answers = [(await caller.post(PLANS, json=request)).content for _ in range(3)]
    other_run = await caller.post(PLANS, json=request | {"run_id": "run_789"})

    assert len({*answers, other_run.content}) == 1
    assert await row_counts(api) == before
    assert other_run.json() == IsPartialDict(
        plan_id=IsStr(regex="plan_[0-9a-f]+"),
        jobs=[
            IsPartialDict(name="build", required=True, depends_on=[]),
            IsPartialDict(name="test", required=True, depends_on=["build"]),
            IsPartialDict(name="lint", required=False, depends_on=["build"]),
        ],
        explain="diff-aware planner v1: discovered go.mod; changed paths: main.go; code change",
        skipped_jobs=[],
    )


async def test_a_plan_follows_the_paths_that_it_is_told(api: ServedApi, register: Any) -> None:
    repository = await register(api)
    request = {"repo_id": repository.repo_id, "commit_sha": repository.git.head}

    async def planned(*paths: str) -> dict[str, Any]:
        diff = {"changed_paths": list(paths)}
        answer = await api.caller(Role.DEVELOPER).post(PLANS, json=request | {"diff_summary": diff})
        return dict(answer.json())

    docs = await planned("docs/a.md", "README.md")
    shuffled = await planned("README.md", "docs/a.md", "README.md")
    code = await planned("main.go")

    assert docs == shuffled
    assert docs["plan_id"] != code["plan_id"]
    assert [job["name"] for job in docs["jobs"]] == ["build"]
    assert {skipped["name"] for skipped in docs["skipped_jobs"]} == {"test", "lint"}


async def test_fields_outside_of_the_contract_are_accepted(api: ServedApi, register: Any) -> None:
    repository = await register(api)

    answer = await api.caller(Role.DEVELOPER).post(
        PLANS,
        json={
            "repo_id": repository.repo_id,
            "commit_sha": repository.git.head,
            "diff_summary": {"stat": "1 file changed"},
            "ref": "refs/heads/main",
        },
    )

    assert answer.status_code == 200


async def test_a_commit_that_does_not_exist_has_no_plan(api: ServedApi, register: Any) -> None:
    repository = await register(api)
    for repo_id, sha, status in (
        (repository.repo_id, "0" * 40, 400),
        (repository.repo_id, "main", 400),
        ("no/such", "0" * 40, 404),
    ):
        request = {"repo_id": repo_id, "commit_sha": sha}
        answer = await api.caller(Role.DEVELOPER).post(PLANS, json=request)
        assert answer.status_code == status, answer.text


async def test_failure_analysis_reads_only_and_advises(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    run, hands = await start_run(api), runner(api)
    await run.plan()
    await run.offer("build")
    grant = await hands.start()
    await hands.append_log("main.go:3:1: syntax error: unexpected }\n")
    await hands.finish("FAILED", exit_code=1)
    before = await row_counts(api)
    request = {"run_id": run.run_id, "job_id": grant["job_id"], "artifacts": [], "logs_ref": "x"}

    answers = [await api.caller(Role.DEVELOPER).post(ANALYZE, json=request) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert await row_counts(api) == before
    assert answers[0].json()["failure_explanations"] == [
        {
            "job_attempt_id": await run.attempt_id("build"),
            "category": "USER",
            "summary": IsStr(min_length=1),
            "confidence": IsStr(),
            "rule_version": "v2",
            "signals": IsPartialDict(exit_code=1, attempt_number=IsInt(), has_log=True),
            "details": IsStr(),
        }
    ]


async def test_a_job_without_failures_needs_no_explanation(api: ServedApi, start_run: Any) -> None:
    run = await start_run(api)
    await run.plan()

    answer = await api.caller(Role.DEVELOPER).post(
        ANALYZE, json={"run_id": run.run_id, "job_id": "build"}
    )

    assert answer.json() == {"failure_explanations": IsList(length=0)}


async def test_a_job_of_another_run_is_not_found(api: ServedApi, start_run: Any) -> None:
    run, other = await start_run(api), await start_run(api)
    planned = await other.plan()
    await run.plan()

    answer = await api.caller(Role.DEVELOPER).post(
        ANALYZE, json={"run_id": run.run_id, "job_id": planned.jobs[0].job_id}
    )

    assert answer.status_code == 404
