"""Seed «Get Run»: exactly these names; nothing null; moments in UTC; no lease ids."""

import json
from collections.abc import Iterator
from typing import Any

from dirty_equals import IsInt, IsPartialDict, IsStr

from deltaci.identity.roles import Role
from deltaci.states import RunState
from deltaci.testing.api_calls import ServedApi

MOMENT = IsStr(regex=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
STAMPS = {"created_at": MOMENT, "updated_at": MOMENT}


def leaves(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        for value in document.values():
            yield from leaves(value)
    elif isinstance(document, list):
        for value in document:
            yield from leaves(value)
    else:
        yield document


async def read(api: ServedApi, run_id: str) -> dict[str, Any]:
    answer = await api.caller(Role.OBSERVER).get(f"/api/v1/runs/{run_id}")
    assert answer.status_code == 200
    return dict(answer.json())


async def test_a_new_run_reads_at_once(api_on_each_database: ServedApi, start_run: Any) -> None:
    api = api_on_each_database
    run = await start_run(api)

    document = await read(api, run.run_id)

    assert document["run"] == IsPartialDict(
        id=run.run_id,
        repo_id=IsStr(),
        ref="refs/heads/main",
        commit_sha=IsStr(regex="[0-9a-f]{40}"),
        state="CREATED",
        **STAMPS,
    )
    assert document["jobs"] == []
    assert "plan" not in document, "what is not known yet is absent, never null"


async def test_a_green_run_reads_as_in_the_seed(
    api_on_each_database: ServedApi, start_run: Any, runner: Any
) -> None:
    api = api_on_each_database
    run, hands = await start_run(api), runner(api_on_each_database)
    await run.plan()
    for name in ("build", "test", "lint"):
        await run.offer(name)
        await hands.start()
        await hands.append_log("all is well\n")
        await hands.finish(exit_code=0)
    await run.settle()

    document = await read(api, run.run_id)

    assert document["run"] == IsPartialDict(state="SUCCEEDED")
    build = document["jobs"][0]
    assert build == {
        "job": IsPartialDict(
            id=IsStr(),
            run_id=run.run_id,
            name="build",
            required=True,
            state="SUCCEEDED",
            attempt_count=1,
            reason="go build triggered by code change",
            **STAMPS,
        ),
        "attempts": [
            IsPartialDict(
                id=IsStr(),
                job_id=build["job"]["id"],
                attempt_number=1,
                state="SUCCEEDED",
                started_at=MOMENT,
                completed_at=MOMENT,
                **STAMPS,
            )
        ],
        "artifacts": [
            {
                "id": IsInt(),
                "job_attempt_id": build["attempts"][0]["id"],
                "type": "log",
                "uri": IsStr(),
                "created_at": MOMENT,
            }
        ],
        "failure_explanations": [],
    }
    assert document["plan"] == {
        "recipe_source": "discovery",
        "fingerprint": IsStr(regex="sha256:[0-9a-f]{64}"),
        "explain": "diff-aware planner v1: discovered go.mod; changed paths: main.go; code change",
        "skipped_jobs": [],
    }


async def test_a_failed_attempt_is_explained_as_in_the_seed(
    api_on_each_database: ServedApi, start_run: Any, runner: Any
) -> None:
    api = api_on_each_database
    run, hands = await start_run(api), runner(api_on_each_database)
    await run.plan()
    await run.offer("build")
    await hands.start()
    await hands.append_log("main.go:3:1: syntax error: unexpected }\n")
    cache = {"type": "deps", "key": "go:deps:1", "hit": False, "read_only": True}
    await hands.finish("FAILED", exit_code=1, caches=[cache])
    await run.after_failure("build")
    await run.settle()

    document = await read(api, run.run_id)

    build = document["jobs"][0]
    assert document["run"]["state"] == "FAILED"
    assert build["failure_explanations"] == [
        {
            "id": IsInt(),
            "job_attempt_id": build["attempts"][0]["id"],
            "category": "USER",
            "summary": IsStr(min_length=1),
            "confidence": IsStr(regex="LOW|MEDIUM|HIGH"),
            "rule_version": "v2",
            "signals": {
                "exit_code": 1,
                "attempt_number": 1,
                "duration_seconds": IsInt(ge=0),
                "cache_events": [cache],
                "artifact_types": ["log"],
                "has_log": True,
            },
            "details": IsStr(regex=r"(?s)Observed: .* \| Log: .*"),
            "created_at": MOMENT,
        }
    ]


async def test_nothing_is_null_and_no_lease_is_shown(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    run, hands = await start_run(api), runner(api)
    await run.plan()
    await run.offer("build")
    grant = await hands.start()

    document = await read(api, run.run_id)

    assert None not in leaves(document)
    text = json.dumps(document)
    assert grant["lease_id"] not in text
    assert "lease" not in text
    for job in document["jobs"]:
        assert isinstance(job["attempts"], list)
        assert isinstance(job["artifacts"], list)
        assert isinstance(job["failure_explanations"], list)


async def test_a_docs_only_change_names_the_skipped_jobs(
    api: ServedApi, start_run: Any, register: Any
) -> None:
    repository = await register(api)
    repository.git.commit({"README.md": "read me\n"})
    run = await start_run(api, repository)
    await run.plan()

    document = await read(api, run.run_id)

    assert document["plan"]["skipped_jobs"] == [
        {"name": "test", "reason": "docs-only change: skipped go test"},
        {"name": "lint", "reason": "docs-only change: skipped go vet"},
    ]


async def test_a_forged_artifact_uri_is_not_passed_on(
    api: ServedApi, start_run: Any, runner: Any
) -> None:
    run, hands = await start_run(api), runner(api)
    await run.plan()
    await run.offer("build")
    await hands.start()
    uris = ["javascript:alert(1)", "https://user:secret@host/x", "s3://bucket/kept"]
    await hands.finish(artifacts=[{"type": "report", "uri": uri} for uri in uris])

    document = await read(api, run.run_id)

    assert [a["uri"] for a in document["jobs"][0]["artifacts"]] == ["s3://bucket/kept"]
    assert await run.settle(RunState.FAILED) is RunState.FAILED
