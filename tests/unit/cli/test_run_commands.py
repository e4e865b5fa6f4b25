import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.testing.answers import explanation_answer, job_answer, run_answer
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

RUNS = "/api/v1/runs"
ACCEPTED = {"run_id": "run_1", "state": "CREATED"}
DEMO = {"repo_id": "demo", "url": "/srv/demo", "default_branch": "trunk", "created_at": "t"}


def failed_run() -> dict[str, Any]:
    failed = job_answer("test", "FAILED", depends_on=["build"])
    failed["failure_explanations"] = [
        explanation_answer("test", "2 tests failed.", "line 1\nline 2")
    ]
    return run_answer("FAILED", job_answer("build"), failed)


async def test_create_uses_the_default_branch_and_prints_the_id(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer("GET /api/v1/repositories/demo", DEMO)
    api.answer(f"POST {RUNS}", ACCEPTED)
    ran = await delta_ci("run", "create", "demo")
    assert (ran.code, ran.out) == (0, "run_1\n")
    (request,) = api.received(f"POST {RUNS}")
    assert json.loads(request.body) == {"repo_id": "demo", "ref": "trunk", "reason": "manual"}


async def test_a_named_ref_and_key_are_sent(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"POST {RUNS}", ACCEPTED)
    arguments = ("--ref", "v1", "--reason", "why", "--idempotency-key", "k", "--json")
    ran = await delta_ci("run", "create", "demo", *arguments)
    assert json.loads(ran.out) == ACCEPTED
    (request,) = api.requests
    assert json.loads(request.body) == {"repo_id": "demo", "ref": "v1", "reason": "why"}
    assert request.headers["idempotency-key"] == "k"


@pytest.mark.parametrize(
    ("state", "code"), [("SUCCEEDED", 0), ("FAILED", 1), ("TIMEOUT", 1), ("CANCELED", 3)]
)
async def test_waiting_ends_with_the_outcome(
    api: ScriptedApi, delta_ci: Command, state: str, code: int
) -> None:
    api.answer(f"POST {RUNS}", ACCEPTED)
    api.answer(f"GET {RUNS}/run_1", run_answer("RUNNING"), run_answer(state))
    ran = await delta_ci("run", "create", "demo", "--ref", "main", "--wait", "--json")
    assert ran.code == code
    assert json.loads(ran.out)["run"]["state"] == state


async def test_watching_prints_a_line_per_change_and_then_why(
    api: ScriptedApi, delta_ci: Command
) -> None:
    queued = run_answer("QUEUED", job_answer("build", "QUEUED"), job_answer("test", "CREATED"))
    api.answer(f"GET {RUNS}/run_1", queued, queued, failed_run())
    ran = await delta_ci("run", "watch", "run_1")
    assert ran.code == 1
    assert [line.split()[:2] for line in ran.out.splitlines() if line] == [
        ["run_1", "demo"],
        ["·", "build"],
        ["·", "test"],
        ["run_1", "demo"],
        ["✓", "build"],
        ["✗", "test"],
        ["✗", "test:"],
        ["line", "1"],
        ["line", "2"],
        ["USER,", "high"],
        ["delta-ci", "run"],
    ]


async def test_without_an_explanation_the_end_of_the_log_is_shown(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {RUNS}/run_1", run_answer("FAILED", job_answer("test", "FAILED")))
    api.answer(f"GET {RUNS}/run_1/jobs/job_test/logs", b"early\n" * 20 + b"\x1b]0;owned\x07late\n")
    ran = await delta_ci("run", "watch", "run_1")
    assert ran.out.splitlines()[-1].strip() == r"│ \x1b]0;owned\x07late"
    assert "\x1b" not in ran.out


async def test_hostile_names_cannot_drive_the_terminal(api: ScriptedApi, delta_ci: Command) -> None:
    name = "[red]te\x1b[2Jst\u202e[/red]"
    api.answer(f"GET {RUNS}/run_1", run_answer("SUCCEEDED", job_answer(name, reason=name)))
    ran = await delta_ci("run", "show", "run_1")
    assert ran.out.count(r"[red]te\x1b[2Jst\u202e[/red]") == 2


async def test_showing_tells_reasons_and_what_was_skipped(
    api: ScriptedApi, delta_ci: Command
) -> None:
    plan = {
        "recipe_source": "discovery",
        "explain": "discovered go.mod",
        "skipped_jobs": [{"name": "lint", "reason": "docs only"}],
    }
    detail = {**run_answer("SUCCEEDED", job_answer("test", reason="main.go changed")), "plan": plan}
    api.answer(f"GET {RUNS}/run_1", detail)
    ran = await delta_ci("run", "show", "run_1")
    assert ran.code == 0
    assert [line.strip() for line in ran.out.splitlines()[1:]] == [
        "✓ test  SUCCEEDED   1 min 05 s",
        "main.go changed",
        "plan  discovered go.mod",
        "skipped lint: docs only",
    ]
    assert json.loads((await delta_ci("run", "show", "run_1", "--json")).out) == detail


@pytest.mark.parametrize(
    ("became", "told"),
    [
        ({}, "build shop 1.2.3  is registered once the run is green"),
        ({"build_id": "b1"}, "build shop 1.2.3  b1"),
        (
            {"refusal": {"code": "INVALID_VERSION", "message": "no\x1b[31m version"}},
            r"build shop 1.2.3  was not registered  INVALID_VERSION: no\x1b[31m version",
        ),
    ],
)
async def test_showing_tells_what_became_of_a_runs_build(
    api: ScriptedApi, delta_ci: Command, became: dict[str, Any], told: str
) -> None:
    detail = run_answer("SUCCEEDED", job_answer("test"))
    detail["run"]["build"] = {"service": "shop", "version": "1.2.3", **became}
    api.answer(f"GET {RUNS}/run_1", detail)

    ran = await delta_ci("run", "show", "run_1")

    assert ran.out.splitlines()[-1] == told


async def test_listing_passes_the_filters_on(api: ScriptedApi, delta_ci: Command) -> None:
    page = {"runs": [run_answer("FAILED")["run"]], "next_cursor": "c2"}
    api.answer(f"GET {RUNS}", page)
    ran = await delta_ci("run", "list", "--repo", "demo", "--state", "FAILED", "--limit", "1")
    assert ran.out == "run_1  demo  main @ 0123456789  FAILED\n"
    assert "--cursor c2" in ran.err
    assert api.requests[0].query == {"repo": "demo", "state": "FAILED", "limit": "1"}


async def test_a_log_goes_into_a_pipe_byte_for_byte(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {RUNS}/run_1", failed_run())
    api.answer(f"GET {RUNS}/run_1/jobs/job_test/logs", b"\x1b[31mred\x1b[0m\r\n")
    assert (await delta_ci("run", "logs", "run_1")).out == "\x1b[31mred\x1b[0m\r\n"


async def test_a_log_without_a_clear_job_is_a_usage_error(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {RUNS}/run_1", run_answer("SUCCEEDED", job_answer("a"), job_answer("b")))
    ran = await delta_ci("run", "logs", "run_1")
    assert ran.code == 2
    assert "name one of: a, b" in ran.err


async def test_following_a_log_prints_what_was_added(api: ScriptedApi, delta_ci: Command) -> None:
    job = job_answer("test", "RUNNING")
    api.answer(f"GET {RUNS}/run_1", run_answer("RUNNING", job), run_answer("RUNNING", job))
    api.answer(f"GET {RUNS}/run_1", run_answer("SUCCEEDED", job_answer("test")))
    api.answer(f"GET {RUNS}/run_1/jobs/job_test/logs", b"one\n", b"two\n", b"")
    ran = await delta_ci("run", "logs", "run_1", "test", "--follow")
    assert ran.out == "one\ntwo\n"


async def test_following_goes_on_with_the_next_attempt_and_ends_with_the_job(
    api: ScriptedApi, delta_ci: Command
) -> None:
    for state, attempts in (("RUNNING", 1), ("RUNNING", 2), ("SUCCEEDED", 2)):
        job = job_answer("test", state, attempt_count=attempts)
        api.answer(f"GET {RUNS}/run_1", run_answer("RUNNING", job))
    logs = f"GET {RUNS}/run_1/jobs/job_test/logs"
    api.answer(logs, b"one\n", b"the end of one\n", b"two\n", b"the end of two\n")
    ran = await delta_ci("run", "logs", "run_1", "test", "--follow")
    assert ran.out == "one\nthe end of one\ntwo\nthe end of two\n"
    assert ran.err == "attempt 2\n"
    sent = [(each.query["attempt"], each.headers.get("range")) for each in api.received(logs)]
    assert sent == [
        ("1", None),
        ("1", "bytes=4-"),
        ("2", None),
        ("2", "bytes=4-"),
    ]


async def test_following_waits_for_the_plan(api: ScriptedApi, delta_ci: Command) -> None:
    done = run_answer("SUCCEEDED", job_answer("test"))
    api.answer(f"GET {RUNS}/run_1", run_answer("PLANNING"), done)
    api.answer(f"GET {RUNS}/run_1/jobs/job_test/logs", b"one\n")
    assert (await delta_ci("run", "logs", "run_1", "-f")).out == "one\n"


async def test_watching_a_superseded_run_says_by_which(api: ScriptedApi, delta_ci: Command) -> None:
    ended = run_answer("CANCELED", superseded_by="run_2", state_reason="superseded by run_2")
    api.answer(f"GET {RUNS}/run_1", ended)
    ran = await delta_ci("run", "watch", "run_1")
    assert ran.code == 3
    assert ran.err == "superseded by run_2; watch it with: delta-ci run watch run_2\n"


async def test_only_what_did_not_succeed_is_run_again(api: ScriptedApi, delta_ci: Command) -> None:
    jobs = [job_answer("a"), job_answer("b", "FAILED"), job_answer("c", "CANCELED")]
    api.answer(f"GET {RUNS}/run_1", run_answer("FAILED", *jobs))
    api.answer(f"POST {RUNS}/run_1/rerun", {"run_id": "run_2", "state": "CREATED"})
    assert (await delta_ci("run", "rerun", "run_1", "--failed")).out == "run_2\n"
    assert json.loads(api.requests[-1].body) == {"jobs": ["b", "c"]}


async def test_there_may_be_nothing_to_run_again(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {RUNS}/run_1", run_answer("SUCCEEDED", job_answer("a")))
    ran = await delta_ci("run", "rerun", "run_1", "--failed")
    assert (ran.code, ran.err) == (1, "every job of run_1 succeeded: nothing to run again\n")
    both = await delta_ci("run", "rerun", "run_1", "--failed", "--job", "a")
    assert both.code == 2


async def test_cancel_and_rerun_say_what_happened(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"POST {RUNS}/run_1/cancel", {"run_id": "run_1", "state": "CANCEL_REQUESTED"})
    api.answer(f"POST {RUNS}/run_1/rerun", {"run_id": "run_2", "state": "CREATED"})
    assert (await delta_ci("run", "cancel", "run_1")).out == "run_1 CANCEL_REQUESTED\n"
    assert (await delta_ci("run", "rerun", "run_1", "--job", "a", "--job", "b")).out == "run_2\n"
    assert json.loads(api.requests[1].body) == {"jobs": ["a", "b"]}
