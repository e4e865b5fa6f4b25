"""No job for a runner that is gone."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deltaci.core import Core
from deltaci.jobs.lease import Seeker
from deltaci.jobs.wait import LeaseDesk
from deltaci.jobs.watch import HungUp
from deltaci.states import JobState, LeaseState
from deltaci.store.tables import Lease
from deltaci.store.wakeups import Wakeups
from deltaci.testing.factories import Factory

RUNNER = Seeker("runner-1", frozenset())
LONG_SECONDS = 30.0


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[LeaseDesk]:
    async with Wakeups(core.database).listening() as wakeups:
        yield LeaseDesk(core, wakeups)


async def test_a_runner_that_hangs_up_is_not_waited_for(desk: LeaseDesk) -> None:
    gone = asyncio.Event()
    waiting = asyncio.create_task(desk.wait(RUNNER, LONG_SECONDS, _until(gone)))
    assert await desk.wait(RUNNER, 0, _until(asyncio.Event())) is None

    gone.set()

    async with asyncio.timeout(5):
        assert await waiting is None


async def test_a_job_that_comes_after_goes_to_another(desk: LeaseDesk, factory: Factory) -> None:
    gone = asyncio.Event()
    waiting = asyncio.create_task(desk.wait(RUNNER, LONG_SECONDS, _until(gone)))
    assert await desk.wait(RUNNER, 0, _until(asyncio.Event())) is None
    gone.set()
    assert await waiting is None

    run_id = await factory.offered()

    assert await factory.rows.job_states(run_id) == {"build": JobState.QUEUED}
    assert await factory.seek("runner-2") is not None


async def test_a_job_granted_in_that_moment_is_handed_back(
    desk: LeaseDesk, factory: Factory
) -> None:
    run_id = await factory.offered()
    gone = asyncio.Event()
    gone.set()

    assert await desk.wait(RUNNER, LONG_SECONDS, _until(gone)) is None

    assert await factory.rows.job_states(run_id) == {"build": JobState.QUEUED}
    leases = await factory.rows.all(Lease)
    assert {lease.state for lease in leases} <= {LeaseState.REVOKED}
    assert await factory.seek("runner-2") is not None


def _until(gone: asyncio.Event) -> HungUp:
    async def hung_up() -> None:
        await gone.wait()

    return hung_up
