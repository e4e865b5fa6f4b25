"""What a forge is shown of reruns: a commit is green once all of it is, in whichever runs."""

from typing import Any

from deltaci.runs.rerun import rerun
from deltaci.states import RunState
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.vcs.port import Verdict
from deltaci.wire.runs import RerunRequest


async def test_a_rerun_in_part_is_green_only_if_the_commit_is(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run({"test": job(), "lint": job()})
    await reporter.end(run_id, test={}, lint={})
    request = RerunRequest(jobs=["test"])
    again = (await rerun(factory.core, "ada", run_id, request, None)).run_id
    await factory.plan(again)
    await reporter.end(again)
    rest = (await rerun(factory.core, "ada", run_id, RerunRequest(jobs=["lint"]), None)).run_id

    checks = await reporter.checks(again)
    assert set(checks) == {"run", "job:test"}, "what it left alone is not called skipped"
    assert await factory.rows.run_state(again) is RunState.SUCCEEDED
    assert checks["run"].verdict is Verdict.FAILURE
    assert checks["run"].title == "Delta CI: SUCCEEDED, but not all that the commit requires"
    assert f"- Rerun in part of `{run_id}`" in checks["run"].summary
    assert "successful earlier: `lint` (FAILED)" in checks["run"].summary
    assert set((await reporter.story(rest)).earlier) == {"test", "lint"}, "not planned yet"


async def test_a_rerun_of_a_rerun_looks_back_to_the_whole_run(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run({"test": job(), "lint": job()})
    await reporter.end(run_id, test={}, lint={})
    for name in ("lint", "test"):
        again = await rerun(factory.core, "ada", run_id, RerunRequest(jobs=["test", "lint"]), name)
        run_id = again.run_id
        await factory.plan(run_id)
        await reporter.end(run_id)

    assert (await reporter.checks(run_id))["run"].verdict is Verdict.SUCCESS


async def _rerun(
    reporter: Any, factory: Factory, run_id: str, *jobs: str, **failing: dict[str, Any]
) -> str:
    factory.clock.advance(1)
    request = RerunRequest(jobs=list(jobs) or None)
    again = (await rerun(factory.core, "ada", run_id, request, None)).run_id
    await factory.plan(again)
    await reporter.end(again, **failing)
    return again


async def test_repeating_a_rerun_in_part_does_not_make_the_commit_green(
    reporter: Any, factory: Factory
) -> None:
    whole = await reporter.run({"test": job(), "lint": job()})
    await reporter.end(whole, test={}, lint={})
    part = await _rerun(reporter, factory, whole, "test")

    again = await _rerun(reporter, factory, part)

    assert set(await reporter.checks(again)) == {"run", "job:test"}
    assert (await reporter.checks(again))["run"].verdict is Verdict.FAILURE
    assert (await factory.rows.run(again)).job_filter == ["test"]


async def test_the_commit_is_green_once_every_part_of_it_was_in_the_end(
    reporter: Any, factory: Factory
) -> None:
    whole = await reporter.run({"test": job(), "lint": job()})
    await reporter.end(whole, test={}, lint={})
    first = await _rerun(reporter, factory, whole, "test")
    second = await _rerun(reporter, factory, whole, "lint")
    red_again = await _rerun(reporter, factory, whole, "test", test={})
    last = await _rerun(reporter, factory, whole, "lint")

    runs = (first, second, red_again, last)
    verdicts = [(await reporter.checks(run))["run"].verdict for run in runs]
    bad, good = Verdict.FAILURE, Verdict.SUCCESS
    assert verdicts == [bad, good, bad, bad]
