"""Everything that may happen to one run at once happens, and nothing waits in a ring for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from deltaci.errors import InvalidStateError, StaleLeaseError
from deltaci.jobs.settle import settle_attempt
from deltaci.jobs.sweep import sweep_leases
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.runs.slots import claim_slot, release_slot
from deltaci.runs.stop_jobs import stop_jobs
from deltaci.states import JobState, RunState
from deltaci.testing.factories import Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.memory_commits import job
from deltaci.wire.orchestration import RunEnding, StopJobs

JOBS = {f"job-{number}": job(retries=2) for number in range(6)}
REFUSALS = (StaleLeaseError, InvalidStateError)
ROUNDS = 4

Act = Callable[[], Awaitable[Any]]


async def _acts(factory: Factory, run_id: str, holders: list[LeaseHolder]) -> list[Act]:
    """What users, runners, sweepers and the workflow may all do in the same moment."""
    core = factory.core
    attempts = [await factory.rows.attempt(run_id, name) for name in JOBS]
    order = StopJobs(run_id=run_id, reason="JOB_CANCELED", explanation="stop", names=("job-0",))
    acts: list[Act] = [
        lambda: sweep_leases(core),
        lambda: sweep_leases(core),
        lambda: stop_jobs(core, order),
        lambda: claim_slot(core, run_id),
        lambda: release_slot(core, run_id),
        lambda: factory.seek("late"),
        *(partial(settle_attempt, core, attempt.id) for attempt in attempts),
    ]
    for holder in holders:
        acts += [holder.ack, holder.beat, holder.complete, holder.cancel_ack, holder.hand_back]
    return acts


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_all_at_once_on_one_run_come_to_an_end(factory: Factory, seed: int) -> None:
    run_id = await factory.offered(JOBS)
    holders = [h for n in range(4) if (h := await factory.seek(f"runner-{n}"))]
    for holder in holders[:3]:
        await holder.ack()
    factory.clock.advance(31 if seed % 2 else 1)
    acts = await _acts(factory, run_id, holders)
    acts.append(partial(cancel_run, factory.core, "ada", run_id))
    random.Random(seed).shuffle(acts)  # noqa: S311 - only an order

    async with asyncio.timeout(60):
        results = await asyncio.gather(*(act() for act in acts), return_exceptions=True)

    wrong = [r for r in results if isinstance(r, BaseException) and not isinstance(r, REFUSALS)]
    assert wrong == []
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.FAILED))
    assert await factory.rows.run_state(run_id) is RunState.CANCELED
    ended = {JobState.CANCELED, JobState.SUCCEEDED}
    assert set((await factory.rows.job_states(run_id)).values()) <= ended
