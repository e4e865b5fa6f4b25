"""What a forge is shown of a run: names, verdicts, words, places."""

from typing import Any

import pytest

from deltaci.reports.annotations import find_place
from deltaci.reports.compose import SKIPPED_MAX, compose_checks, compose_comment
from deltaci.reports.story import Story, read_story
from deltaci.reports.summary import SUMMARY_MAX
from deltaci.reports.verdicts import OF_JOBS, OF_RUNS
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.states import JOB, RUN, JobState, RunState, is_terminal
from deltaci.store.runs import hold_run, supersede
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.vcs.port import Check, Verdict
from deltaci.wire.orchestration import RunEnding

EVIL = "@acme/all `#1` <b>**x**</b>\u202e"


async def _story(factory: Factory, run_id: str) -> Story:
    async with factory.core.database.read() as tx:
        return await read_story(tx, factory.core, run_id)


async def _checks(factory: Factory, run_id: str) -> dict[str, Check]:
    shown = compose_checks(await _story(factory, run_id), factory.core.settings)
    return {each.key: each.check for each in shown}


async def _comment(factory: Factory, run_id: str) -> str | None:
    comment = compose_comment(await _story(factory, run_id), factory.core.settings)
    return comment.body if comment is not None else None


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("pull_request", "delta-ci"),
        ("push", "delta-ci (push)"),
        ("tag", "delta-ci (tag)"),
        (None, "delta-ci (manual)"),
    ],
)
async def test_only_a_pull_requests_check_has_the_plain_name(
    reporter: Any, factory: Factory, event: str | None, name: str
) -> None:
    checks = await _checks(factory, await reporter.run(event=event))

    assert checks["run"].name == name
    assert checks["job:build"].name == f"{name}: build"


def test_every_state_has_a_verdict_that_is_final_when_the_state_is() -> None:
    for run_state in RunState:
        ended = is_terminal(RUN, run_state) or run_state is RunState.PLAN_FAILED
        assert OF_RUNS[run_state].is_final is ended
    for job_state in JobState:
        ended = is_terminal(JOB, job_state) if job_state in JOB else True
        assert OF_JOBS[job_state].is_final is ended


async def test_a_failed_run_says_what_happened_and_why(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run({"test": job(workdir="shop"), "lint": job(required=False)})
    failure = {"name": "test_add", "message": "tests/test_add.py:7: assert 1 == 2"}
    artifact = {"type": "report", "uri": "https://ci.example/report.html"}
    tests = {"total": 2, "failed": 1, "failures": [failure]}
    await reporter.end(run_id, test={"tests": tests, "artifacts": [artifact]})

    checks = await _checks(factory, run_id)
    run, failed = checks["run"], checks["job:test"]
    assert (run.verdict, run.title) == (Verdict.FAILURE, "Delta CI: FAILED")
    assert (failed.verdict, failed.completed_at) == (Verdict.FAILURE, factory.clock.now)
    assert failed.title == "Delta CI: FAILED: Test step failed (exit code 1)."
    assert "- `test` (required): FAILED" in run.summary
    assert "- `lint` (optional): SUCCEEDED" in run.summary
    assert "- Failure: `Test step failed (exit code 1).` (USER/MEDIUM rule v2)" in run.summary
    assert "- Signals: exit=1 attempt=1 duration=0s caches=0" in run.summary
    assert "- Artifacts: [`report`](https://ci.example/report.html)" in run.summary
    (place,) = failed.annotations
    assert (place.path, place.line) == ("shop/tests/test_add.py", 7)
    assert (place.title, place.message) == ("test_add", failure["message"])


async def test_the_same_rows_give_the_same_bytes(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run(event="pull_request", pr_number=7)
    await reporter.end(run_id, build={})
    before = await _checks(factory, run_id), await _comment(factory, run_id)
    factory.clock.advance(1000)

    assert (await _checks(factory, run_id), await _comment(factory, run_id)) == before


async def test_only_an_ended_pull_request_run_is_commented_on(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run(event="pull_request", pr_number=7)
    assert await _comment(factory, run_id) is None
    await reporter.end(run_id)
    pushed = await reporter.run(event="push")
    await reporter.end(pushed)

    body = await _comment(factory, run_id)
    assert body is not None
    assert body.startswith(f"<!-- delta-ci run:{run_id} -->\n\n## Delta CI Run Result\n")
    assert await _comment(factory, pushed) is None


async def test_a_cancelled_run_leaves_no_check_open(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run({"build": job(), "test": job(needs=["build"])})
    async with factory.core.database.write() as tx:
        await hold_run(tx, run_id)
        await supersede(tx, run_id, "run_newer")
    await cancel_run(factory.core, EVIL, run_id)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))

    checks = await _checks(factory, run_id)
    assert {check.verdict for check in checks.values()} == {Verdict.CANCELLED}
    assert "- Superseded by `run_newer`" in checks["run"].summary
    assert "cancelled by @acme/all `#1` <b>**x**</b>\\u202e" in checks["run"].summary


async def test_a_plan_that_cannot_be_made_fails_the_check(reporter: Any, factory: Factory) -> None:
    await reporter.run()
    run_id = await factory.run({"ci.ai.yaml": "version: 1\njobs: []\n"})
    await factory.plan(run_id)

    (check,) = (await _checks(factory, run_id)).values()
    assert (check.verdict, check.title) == (Verdict.FAILURE, "Delta CI: FAILED")
    assert "planning failed" in check.summary


async def test_skipped_jobs_are_final_and_bounded(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run()
    story = await _story(factory, run_id)
    assert story.plan is not None
    story.plan.skipped_jobs = [{"name": f"s{n}", "reason": EVIL} for n in range(SKIPPED_MAX + 5)]

    shown = [each.check for each in compose_checks(story, factory.core.settings)]
    skipped = [check for check in shown if check.verdict is Verdict.SKIPPED]
    assert len(skipped) == SKIPPED_MAX
    assert all(check.completed_at for check in skipped)
    assert skipped[0].title == "Delta CI: SKIPPED: @acme/all `#1` <b>**x**</b>\\u202e"
    assert f"s{SKIPPED_MAX + 4}" in shown[0].summary


async def test_the_comment_begins_with_what_failed(reporter: Any, factory: Factory) -> None:
    jobs = {"build": job(), "lint": job(), "test": job()}
    run_id = await reporter.run(jobs, event="pull_request", pr_number=1)
    await reporter.end(run_id, test={"summary": "nothing adds up"})

    said = (await _comment(factory, run_id) or "").splitlines()
    listed = [line for line in said if line.startswith(("- State", "- `", "Succeeded"))]
    assert listed == [
        "- State: FAILED, `required jobs did not succeed: test (FAILED)`",
        "- `test` (required): FAILED, `nothing adds up`",
        "Succeeded: `build`, `lint`",
    ]


async def test_the_comment_of_a_superseded_run_says_no_more(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run(event="pull_request", pr_number=1)
    await reporter.end(run_id)
    async with factory.core.database.write() as tx:
        await supersede(tx, run_id, "run_newer")

    said = await _comment(factory, run_id) or ""
    assert "Superseded by `run_newer`" in said
    assert "Explanation" not in said
    assert "build" not in said


async def test_a_huge_run_fits(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run(event="pull_request", pr_number=1)
    await reporter.end(run_id)
    story = await _story(factory, run_id)
    assert story.plan is not None
    story.plan.skipped_jobs = [{"name": "🚀" * 300, "reason": "é" * 5000}] * 500

    comment = compose_comment(story, factory.core.settings)
    assert comment is not None
    assert SUMMARY_MAX - 1000 < len(comment.body) < SUMMARY_MAX + 500


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"temporal_ui_url": "https://ui.example/"}, "https://ui.example/namespaces/default/workf"),
        ({"public_url": "https://ci.example"}, "https://ci.example/api/v1/runs/run_"),
        ({}, ""),
    ],
)
async def test_where_people_see_more(
    reporter: Any, factory: Factory, settings: dict[str, str], url: str
) -> None:
    checks = await _checks(factory.under(**settings), await reporter.run())

    assert checks["run"].url.startswith(url)
    assert bool(url) == bool(checks["run"].url)
    assert "/run/" not in checks["run"].url.removeprefix("https://ci.example")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("L12: src/app.ts:10:5 - error TS2304", ("src/app.ts", 10)),
        ("src/app.ts(10,5): error", ("src/app.ts", 10)),
        ("./main.go:4:2: undefined: x", ("main.go", 4)),
        ('File "shop/cart.py", line 3, in add', ("shop/cart.py", 3)),
        ("first a.py:1 then b.py:2", ("a.py", 1)),
        ("/etc/passwd.txt:1", None),
        ("../secrets.txt:1", None),
        ("a/../../b.py:1", None),
        (".git/config.x:1", None),
        ("a//b.py:1", None),
        ("C:\\shop\\cart.py:1", None),
        ("https://host.example/a.py:80", None),
        ("db.internal:5432 refused", None),
        ("127.0.0.1:8080", None),
        ("cart.py:0", None),
        ("cart.py:99999999", None),
        ("nothing here", None),
    ],
)
def test_places_are_within_the_repository(text: str, place: tuple[str, int] | None) -> None:
    assert find_place(text) == place


@pytest.mark.parametrize(
    ("workdir", "path"),
    [(".", "a/b.py"), ("shop", "shop/a/b.py"), ("./a", "a/b.py"), ("../x", "a/b.py")],
)
def test_places_count_from_the_root(workdir: str, path: str) -> None:
    assert find_place("a/b.py:3", workdir) == (path, 3)


async def test_hostile_names_of_jobs_stay_names(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run()
    story = await _story(factory, run_id)
    story.jobs[0].job.name = EVIL

    shown = compose_checks(story, factory.core.settings)[1].check
    assert shown.name == "delta-ci (manual): @acme/all `#1` <b>**x**</b>\\u202e"
