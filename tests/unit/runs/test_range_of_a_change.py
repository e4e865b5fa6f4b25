import pytest

from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.testing.factories import Factory
from deltaci.wire.orchestration import RunEnding


async def ended(factory: Factory, status: str) -> str:
    """A run of a new commit whose only job ended so; returns the commit."""
    run_id = await factory.offered()
    holder = await factory.seek()
    assert holder is not None
    await holder.ack()
    await holder.complete(status)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))
    return (await factory.rows.run(run_id)).commit_sha


async def test_a_change_begins_where_the_newest_green_run_ended(factory: Factory) -> None:
    await ended(factory, "SUCCEEDED")
    green = await ended(factory, "SUCCEEDED")
    await ended(factory, "FAILED")

    run_id = await factory.planned()

    assert (await factory.rows.run(run_id)).base_sha == green


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
async def test_a_change_that_was_never_green_stays_in_range(factory: Factory, status: str) -> None:
    base = factory.commits.commit({"main.py": ""})
    await ended(factory, status)

    run_id = await factory.planned()

    assert (await factory.rows.run(run_id)).base_sha == base
