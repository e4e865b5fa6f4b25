"""End unfinished jobs at once, with or without their runners."""

from collections.abc import Sequence

from deltaci.jobs.cancel import cancel_jobs
from deltaci.jobs.close import close_attempt
from deltaci.states import JobState, LeaseState
from deltaci.store.database import Transaction
from deltaci.store.jobs import find_work, newest_attempts
from deltaci.store.leases import Held, live_lease_of
from deltaci.store.tables import Job
from deltaci.store.transitions import Moment
from deltaci.wire.runner import CancelReason


async def force_jobs(tx: Transaction, jobs: Sequence[Job], moment: Moment) -> None:
    """Cancel these unfinished jobs of a run that the transaction holds, revoking live leases.

    A runner that comes later finds its lease revoked; what it sent so far is kept.
    """
    asked = [job for job in jobs if job.state is not JobState.CANCEL_REQUESTED]
    await cancel_jobs(tx, asked, CancelReason.RUN_CANCELED, moment, moment.at)
    attempts = await newest_attempts(tx, [job.id for job in jobs])
    for attempt in attempts.values():
        lease = await live_lease_of(tx, attempt.id)
        work = await find_work(tx, attempt.id)
        if lease is not None and work is not None:
            held = Held(lease, work)
            await close_attempt(tx, held, LeaseState.REVOKED, JobState.CANCELED, moment)
