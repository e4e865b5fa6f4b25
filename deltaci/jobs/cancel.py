"""End jobs: at once where no runner holds them, otherwise by asking first (spec §2.6)."""

from collections.abc import Sequence
from datetime import datetime

from deltaci.states import ATTEMPT, JobState, is_terminal
from deltaci.store.database import Transaction
from deltaci.store.jobs import newest_attempts
from deltaci.store.leases import live_leases_of, update_leases
from deltaci.store.outbox import EffectKind, promise_all
from deltaci.store.tables import Attempt, Job
from deltaci.store.transitions import Moment, move_attempts, move_jobs
from deltaci.store.wakeups import ring
from deltaci.wire.runner import CancelReason

NOT_HELD = frozenset({JobState.CREATED, JobState.QUEUED})


async def cancel_jobs(
    tx: Transaction, jobs: Sequence[Job], reason: CancelReason, moment: Moment, deadline: datetime
) -> None:
    """Cancel these unfinished jobs of a run that the transaction holds.

    A job that a runner holds becomes CANCEL_REQUESTED and its runner is told by the answer to
    its heartbeat; whoever sweeps after `deadline` ends it without the runner.
    """
    attempts = await newest_attempts(tx, [job.id for job in jobs])
    waiting, between, held = _sorted_by_need(jobs, attempts)
    await _end(tx, waiting, attempts, moment)
    # Their last attempt has ended and nobody has decided yet what follows: nothing shall.
    await move_jobs(tx, between, JobState.CANCEL_REQUESTED, moment)
    await move_jobs(tx, between, JobState.CANCELED, moment)
    await _ask(tx, held, [attempts[job.id] for job in held], reason, moment, deadline)


def _sorted_by_need(
    jobs: Sequence[Job], attempts: dict[str, Attempt]
) -> tuple[list[Job], list[Job], list[Job]]:
    """Split jobs into those nobody holds, those between two attempts, and those with a runner."""
    waiting: list[Job] = []
    between: list[Job] = []
    held: list[Job] = []
    for job in jobs:
        attempt = attempts.get(job.id)
        if attempt is None or attempt.state in NOT_HELD:
            waiting.append(job)
        else:
            (between if is_terminal(ATTEMPT, attempt.state) else held).append(job)
    return waiting, between, held


async def _end(
    tx: Transaction, jobs: Sequence[Job], attempts: dict[str, Attempt], moment: Moment
) -> None:
    ended = [attempts[job.id] for job in jobs if job.id in attempts]
    await move_jobs(tx, jobs, JobState.CANCELED, moment)
    await move_attempts(tx, ended, JobState.CANCELED, moment, completed_at=moment.at)
    payloads = [{"attempt_id": attempt.id} for attempt in ended]
    await promise_all(tx, EffectKind.COMPLETE_ATTEMPT, payloads, moment.at)


async def _ask(
    tx: Transaction,
    jobs: Sequence[Job],
    attempts: Sequence[Attempt],
    reason: CancelReason,
    moment: Moment,
    deadline: datetime,
) -> None:
    if not jobs:
        return
    await move_jobs(tx, jobs, JobState.CANCEL_REQUESTED, moment)
    await move_attempts(tx, attempts, JobState.CANCEL_REQUESTED, moment)
    leases = await live_leases_of(tx, [attempt.id for attempt in attempts])
    hashes = [lease.id_hash for lease in leases.values()]
    await update_leases(tx, hashes, cancel_reason=reason, cancel_deadline=deadline)
    await ring(tx)
