"""Where the change begins that a run is for: nothing leaves the range before it was green."""

from deltaci.runs.cancel import cancel_run
from deltaci.runs.rerun import rerun
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import config, job
from deltaci.wire.orchestration import RunEnding
from deltaci.wire.runs import RerunRequest

JOBS = config({"build": job(), "test": job()})


async def _planned(factory: Factory, ref: str = "main") -> str:
    """Push a commit, plan its run, and return the run."""
    run_id = await factory.run(JOBS, ref=ref)
    await factory.plan(run_id)
    return run_id


async def _finish(factory: Factory, run_id: str, status: str = "SUCCEEDED") -> None:
    await factory.offer(run_id)
    while holder := await factory.seek():
        await holder.ack()
        await holder.complete(status, exit_code=0)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState(status)))


async def _commit_of(factory: Factory, run_id: str) -> str:
    return (await factory.rows.run(run_id)).commit_sha


def _seen_base(factory: Factory) -> str | None:
    return factory.commits.compared[-1][0]


async def test_a_refs_first_run_begins_at_the_first_parent(factory: Factory) -> None:
    root = factory.commits.commit(JOBS)
    await _planned(factory)

    assert _seen_base(factory) == root


async def test_a_root_commit_is_compared_with_nothing(factory: Factory) -> None:
    await _planned(factory)

    assert _seen_base(factory) is None


async def test_after_a_green_run_the_range_begins_at_its_commit(factory: Factory) -> None:
    green = await _planned(factory)
    await _finish(factory, green)

    await _planned(factory)

    assert _seen_base(factory) == await _commit_of(factory, green)


async def test_a_failed_run_leaves_its_change_in_range(factory: Factory) -> None:
    green = await _planned(factory)
    await _finish(factory, green)
    await _finish(factory, await _planned(factory), "FAILED")
    await _finish(factory, await _planned(factory), "FAILED")

    await _planned(factory)

    assert _seen_base(factory) == await _commit_of(factory, green)


async def test_a_run_canceled_before_it_was_planned_leaves_the_range_alone(
    factory: Factory,
) -> None:
    green = await _planned(factory)
    await _finish(factory, green)
    await _finish(factory, await _planned(factory), "FAILED")
    unplanned = await factory.run(JOBS)
    await cancel_run(factory.core, "ada", unplanned)

    await _planned(factory)

    assert _seen_base(factory) == await _commit_of(factory, green)


async def test_a_broken_root_commit_stays_in_range(factory: Factory) -> None:
    await _finish(factory, await _planned(factory), "FAILED")

    await _planned(factory)

    assert _seen_base(factory) is None


async def test_unfinished_runs_do_not_narrow_the_range(factory: Factory) -> None:
    green = await _planned(factory)
    await _finish(factory, green)
    await _planned(factory)

    await _planned(factory)

    assert _seen_base(factory) == await _commit_of(factory, green)


async def test_a_green_rerun_of_some_jobs_proves_only_those(factory: Factory) -> None:
    green = await _planned(factory)
    await _finish(factory, green)
    broken = await _planned(factory)
    await _finish(factory, broken, "FAILED")
    partly = await rerun(factory.core, "ada", broken, RerunRequest(jobs=["test"]), None)
    await factory.plan(partly.run_id)
    await _finish(factory, partly.run_id)

    await _planned(factory)

    assert _seen_base(factory) == await _commit_of(factory, green)


async def test_a_green_whole_rerun_proves_its_commit(factory: Factory) -> None:
    broken = await _planned(factory)
    await _finish(factory, broken, "FAILED")
    whole = await rerun(factory.core, "ada", broken, RerunRequest(), None)
    await factory.plan(whole.run_id)
    await _finish(factory, whole.run_id)

    await _planned(factory)

    assert _seen_base(factory) == await _commit_of(factory, broken)


async def test_other_refs_say_nothing(factory: Factory) -> None:
    await _finish(factory, await _planned(factory))
    root = factory.commits.commit(JOBS, ref="dev")

    await _planned(factory, ref="dev")

    assert _seen_base(factory) == root


async def test_planning_again_sees_the_same_change(factory: Factory) -> None:
    await _finish(factory, await _planned(factory))
    run_id = await _planned(factory)
    base = (await factory.rows.run(run_id)).base_sha

    again = await rerun(factory.core, "ada", run_id, RerunRequest(), None)

    assert base is not None
    assert (await factory.rows.run(again.run_id)).base_sha == base
