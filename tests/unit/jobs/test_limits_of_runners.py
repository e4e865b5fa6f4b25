"""What a runner may not have, whatever it asks for."""

import asyncio

import pytest

from deltaci.core import Core
from deltaci.jobs.lease import HoldsEnoughError, Seeker
from deltaci.jobs.wait import LeaseDesk
from deltaci.store.wakeups import Wakeups
from deltaci.testing.factories import REPOSITORY, Factory
from deltaci.testing.memory_commits import job

MANY = {name: job() for name in ("one", "two", "three")}


async def never() -> None:
    """Nobody hangs up."""
    await asyncio.Event().wait()


async def test_a_runner_gets_jobs_of_its_repositories_only(factory: Factory) -> None:
    await factory.offered()

    assert await factory.seek(repos=["acme/other"]) is None
    assert await factory.seek(repos=[]) is None
    assert await factory.seek(repos=["acme/other", REPOSITORY]) is not None


async def test_a_runner_holds_only_so_many_jobs(factory: Factory) -> None:
    await factory.offered(MANY)
    factory = factory.under(runner_max_leases=2)
    first = await factory.seek()
    assert first is not None
    assert await factory.seek() is not None

    with pytest.raises(HoldsEnoughError):
        await factory.seek()

    assert await factory.seek("runner-2") is not None, "it is nobody else's limit"


async def test_a_job_that_ended_makes_room(factory: Factory) -> None:
    await factory.offered(MANY)
    factory = factory.under(runner_max_leases=1)
    first = await factory.seek()
    assert first is not None

    await first.hand_back()

    assert await factory.seek() is not None


async def test_without_a_job_nobody_holds_too_many(factory: Factory) -> None:
    factory = factory.under(runner_max_leases=1)
    await factory.leased()

    assert await factory.seek() is None


async def test_a_full_runner_waits_and_others_with_equal_labels_do_not(
    factory: Factory, core: Core
) -> None:
    await factory.offered(MANY)
    factory = factory.under(runner_max_leases=1)
    async with Wakeups(core.database).listening() as wakeups:
        desk = LeaseDesk(factory.core, wakeups)
        greedy, modest = Seeker("greedy", frozenset()), Seeker("modest", frozenset())
        assert await desk.wait(greedy, 0, never) is not None
        waiting = asyncio.create_task(desk.wait(greedy, 30, never))
        assert await desk.wait(greedy, 0, never) is None

        assert await desk.wait(modest, 0, never) is not None

        assert not waiting.done()
        waiting.cancel()
