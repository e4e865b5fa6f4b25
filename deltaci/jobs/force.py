"""End unfinished jobs at once, with or without their runners."""

from collections.abc import Sequence

from deltaci.jobs.cancel import cancel_jobs
from deltaci.states import JobState, LeaseState
from deltaci.store.database import Transaction
from deltaci.store.jobs import newest_attempts
from deltaci.store.leases import live_leases_of
from deltaci.store.outbox import EffectKind, promise_all
from deltaci.store.tables import Job
from deltaci.store.transitions import Moment, move_attempts, move_jobs, move_leases
from deltaci.wire.runner import CancelReason


async def force_jobs(tx: Transaction, jobs: Sequence[Job], moment: Moment) -> None:
    """Cancel these unfinished jobs of a run that the transaction holds, revoking live leases.

    A runner that comes later finds its lease revoked; what it sent so far is kept.
    """
    if not jobs:
        return
    asked = [job for job in jobs if job.state is not JobState.CANCEL_REQUESTED]
    await cancel_jobs(tx, asked, CancelReason.RUN_CANCELED, moment, moment.at)
    held = [job for job in jobs if job.state is JobState.CANCEL_REQUESTED]
    attempts = list((await newest_attempts(tx, [job.id for job in held])).values())
    leases = await live_leases_of(tx, [attempt.id for attempt in attempts])
    await move_leases(tx, list(leases.values()), LeaseState.REVOKED, moment)
    await move_attempts(tx, attempts, JobState.CANCELED, moment, completed_at=moment.at)
    await move_jobs(tx, held, JobState.CANCELED, moment)
    payloads = [{"attempt_id": attempt.id} for attempt in attempts]
    await promise_all(tx, EffectKind.COMPLETE_ATTEMPT, payloads, moment.at)
