"""Vouch to the orchestrator for jobs that are queued or with a runner.

Without it Temporal would believe that a waiting job was forgotten and offer it again. What it is
told is what operators see of the job in Temporal's UI.
"""

from datetime import timedelta
from typing import Any

from deltaci.core import Core
from deltaci.effects.ports import Orchestrator, Vouched
from deltaci.store.jobs import attempts_to_vouch_for, forget_token, update_attempt
from deltaci.store.tables import Attempt

BATCH = 200
INTERVALS_PER_TIMEOUT = 3


async def vouch_for_open_jobs(core: Core, orchestrator: Orchestrator) -> int:
    """Vouch for one batch of the open attempts that are due; returns how many there were.

    Each is due three times within `dispatch_heartbeat_timeout_seconds`. An attempt that nothing
    waits for any more loses its token, and whoever offers it again brings a new one.
    """
    interval = core.settings.dispatch_heartbeat_timeout_seconds / INTERVALS_PER_TIMEOUT
    async with core.database.write() as tx:
        now = core.clock()
        due = await attempts_to_vouch_for(tx, now - timedelta(seconds=interval), BATCH)
        for attempt in due:
            await update_attempt(tx, attempt.id, pumped_at=now)
    for attempt in due:
        await _vouch(core, orchestrator, attempt)
    return len(due)


async def _vouch(core: Core, orchestrator: Orchestrator, attempt: Attempt) -> None:
    token = attempt.task_token
    if token is None:
        return
    if await orchestrator.vouch(token, _shown(attempt)) is Vouched.GONE:
        async with core.database.write() as tx:
            await forget_token(tx, attempt.id, token)


def _shown(attempt: Attempt) -> dict[str, Any]:
    return {
        "state": attempt.state,
        "runner": attempt.runner_id,
        "lost_leases": attempt.lease_losses,
        "progress": attempt.progress,
    }
