"""Vouch to the orchestrator for jobs that are queued or with a runner.

Without it Temporal would believe that a waiting job was forgotten and offer it again. What it is
told is what operators see of the job in Temporal's UI.
"""

import asyncio
from datetime import timedelta
from typing import Any

from deltaci.core import Core
from deltaci.effects.ports import Orchestrator, Vouched
from deltaci.errors import UnavailableError
from deltaci.store.jobs import any_to_vouch_for, claim_vouching, forget_token
from deltaci.store.tables import Attempt

BATCH = 200
AT_ONCE = 20
INTERVALS_PER_TIMEOUT = 3


async def vouch_for_open_jobs(core: Core, orchestrator: Orchestrator) -> int:
    """Vouch for one batch of the open attempts that are due; returns how many there were.

    Each is due three times within `dispatch_heartbeat_timeout_seconds`. An attempt that nothing
    waits for any more loses its token, and whoever offers it again brings a new one.
    """
    interval = core.settings.dispatch_heartbeat_timeout_seconds / INTERVALS_PER_TIMEOUT
    now = core.clock()
    pumped_before = now - timedelta(seconds=interval)
    async with core.database.read() as tx:
        if not await any_to_vouch_for(tx, pumped_before):
            return 0
    async with core.database.write() as tx:
        due = await claim_vouching(tx, pumped_before, now, BATCH)
    at_once = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_vouch(core, orchestrator, attempt, at_once) for attempt in due))
    return len(due)


async def _vouch(
    core: Core, orchestrator: Orchestrator, attempt: Attempt, at_once: asyncio.Semaphore
) -> None:
    token = attempt.task_token
    if token is None:
        return
    async with at_once:
        try:
            vouched = await orchestrator.vouch(token, _shown(attempt))
        except UnavailableError:
            return  # it is due again before Temporal loses patience
    if vouched is Vouched.GONE:
        async with core.database.write() as tx:
            await forget_token(tx, attempt.id, token)


def _shown(attempt: Attempt) -> dict[str, Any]:
    return {
        "state": attempt.state,
        "runner": attempt.runner_id,
        "lost_leases": attempt.lease_losses,
        "progress": attempt.progress,
    }
