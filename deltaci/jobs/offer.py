"""Offer an attempt to runners, on behalf of the Temporal activity that waits for it."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.states import ATTEMPT, JobState, is_terminal
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, find_work, update_attempt
from deltaci.store.tables import Attempt
from deltaci.store.transitions import Moment, move_attempt, move_job
from deltaci.store.wakeups import ring
from deltaci.wire.orchestration import JobOutcome


async def offer_attempt(core: Core, attempt_id: str, task_token: bytes) -> JobOutcome | None:
    """Queue the attempt and remember the activity to complete; its outcome if it already ended.

    Repeating it (a retried activity, a second worker) only replaces the token: a queued attempt
    keeps its place, a leased one its runner.
    """
    async with core.database.write() as tx:
        work = await find_work(tx, attempt_id, hold=True)
        if work is None:
            raise NotFoundError(f"no attempt {attempt_id!r}")
        if is_terminal(ATTEMPT, work.attempt.state):
            return outcome_of(work.attempt)
        now = core.clock()
        if work.attempt.state is JobState.CREATED:
            await _queue(tx, work, Moment("orchestrator", now), task_token)
        else:
            await update_attempt(tx, attempt_id, task_token=task_token, pumped_at=now)
    return None


async def _queue(tx: Transaction, work: Work, moment: Moment, task_token: bytes) -> None:
    await move_attempt(
        tx,
        work.attempt,
        JobState.QUEUED,
        moment,
        queued_at=moment.at,
        task_token=task_token,
        pumped_at=moment.at,
    )
    await move_job(tx, work.job, JobState.QUEUED, moment)
    await ring(tx)


def outcome_of(attempt: Attempt) -> JobOutcome:
    """Describe an ended attempt to its workflow; a STALE one counts as failed."""
    state = JobState.FAILED if attempt.state is JobState.STALE else attempt.state
    return JobOutcome(attempt_id=attempt.id, state=state)
