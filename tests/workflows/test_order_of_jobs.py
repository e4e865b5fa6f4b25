"""Which jobs run when, and how their ends decide the run's."""

from typing import Any

from deltaci.states import JobState, RunState
from deltaci.testing.scripted_run import ScriptedRun, ticket
from deltaci.wire.orchestration import PlannedRun


async def test_a_job_waits_for_what_it_needs(start: Any) -> None:
    script = ScriptedRun(
        [ticket("test", "build"), ticket("build"), ticket("pack", "test", "lint"), ticket("lint")]
    )

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
    dispatched = script.names("dispatch_job")
    assert sorted(dispatched) == ["build/1", "lint/1", "pack/1", "test/1"]
    assert dispatched.index("build/1") < dispatched.index("test/1")
    assert dispatched[-1] == "pack/1"


async def test_independent_jobs_are_offered_at_once(start: Any) -> None:
    script = ScriptedRun([ticket("a"), ticket("b"), ticket("c")], held={"a/1", "b/1", "c/1"})

    async with start(script) as run:
        for job in "abc":
            await script.until_waiting(f"{job}/1")
        for job in "cab":
            script.finish(f"{job}/1", JobState.SUCCEEDED)
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED


async def test_a_dependent_of_a_failed_job_is_never_offered(start: Any) -> None:
    script = ScriptedRun(
        [ticket("lint", required=False), ticket("report", "lint", required=False), ticket("build")],
        outcomes={"lint/1": JobState.FAILED},
    )

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
    assert sorted(script.names("dispatch_job")) == ["build/1", "lint/1"]
    (stop,) = script.stops
    assert (stop.names, stop.explanation) == (("report",), "needs lint, which is FAILED")


async def test_a_whole_chain_behind_a_failed_job_is_cancelled(start: Any) -> None:
    script = ScriptedRun(
        [
            ticket("a", required=False),
            ticket("b", "a", required=False),
            ticket("c", "b", required=False),
        ],
        outcomes={"a/1": JobState.FAILED},
    )

    async with start(script) as run:
        await run.result()

    assert [(stop.names, stop.explanation) for stop in script.stops] == [
        (("b",), "needs a, which is FAILED"),
        (("c",), "needs b, which is CANCELED"),
    ]


async def test_a_required_failure_stops_the_rest(start: Any) -> None:
    script = ScriptedRun(
        [ticket("build"), ticket("slow"), ticket("later", "slow")],
        outcomes={"build/1": JobState.FAILED},
        held={"slow/1"},
    )

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.FAILED
    (stop,) = script.stops
    assert (stop.names, stop.reason) == (None, "JOB_CANCELED")
    assert stop.explanation == "required job build did not succeed"
    assert "later/1" not in script.names("dispatch_job")


async def test_a_blocked_required_job_fails_the_run(start: Any) -> None:
    script = ScriptedRun(
        [ticket("generate", required=False), ticket("build", "generate")],
        outcomes={"generate/1": JobState.FAILED},
    )

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.FAILED


async def test_optional_jobs_finish_before_the_run_settles(start: Any) -> None:
    script = ScriptedRun([ticket("build"), ticket("lint", required=False)], held={"lint/1"})

    async with start(script) as run:
        await script.until_waiting("lint/1")
        assert script.names("settle_run") == []
        script.finish("lint/1", JobState.FAILED)
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
    assert script.names("settle_attempt") == ["lint/1"]


async def test_a_run_without_jobs_succeeds(start: Any) -> None:
    script = ScriptedRun()

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED


async def test_a_workflow_started_anew_goes_on_from_the_rows(start: Any) -> None:
    script = ScriptedRun(
        [
            ticket("build", state=JobState.SUCCEEDED),
            ticket("lint", required=False, state=JobState.FAILED),
            ticket("test", "build", attempt_id="test/2", attempt_number=2, state=JobState.QUEUED),
        ]
    )

    async with start(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
    assert script.names("dispatch_job") == ["test/2"]


async def test_a_workflow_started_anew_over_an_ended_run_only_settles(start: Any) -> None:
    script = ScriptedRun(plan=PlannedRun(state=RunState.FAILED, jobs=(ticket("build"),)))

    async with start(script) as run:
        await run.result()

    assert [name for name, _ in script.calls] == ["plan_run", "settle_run"]
