"""Decide what follows a failed attempt: the orchestrator's retry decision, stored."""

from pydantic import TypeAdapter

from deltaci.core import Core
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.failures.cause import retry_category
from deltaci.jobs.complete import SUMMARY_SHOWN
from deltaci.jobs.evidence import gather_evidence
from deltaci.jobs.retry import backoff_seconds, may_retry
from deltaci.planner.model import JobPolicy
from deltaci.states import ATTEMPT, JOB, JobState, is_terminal
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, add_attempt, find_attempt, find_work
from deltaci.store.tables import Attempt
from deltaci.store.transitions import Moment, move_job
from deltaci.wire.orchestration import Settlement

_policy = TypeAdapter(JobPolicy)


async def settle_attempt(core: Core, attempt_id: str) -> Settlement:
    """End the job of a failed attempt, or give it its next attempt.

    The decision rests on the outcome alone, never on the advisory explanation. Repeating the call
    finds what the first one stored. Raises NotFoundError, and InvalidStateError for an attempt that
    has not ended: its runner may still be at work.
    """
    category = retry_category(await gather_evidence(core, attempt_id))
    async with core.database.write() as tx:
        work = await find_work(tx, attempt_id, hold=True)
        if work is None:
            raise NotFoundError(f"no attempt {attempt_id!r}")
        newest = await find_attempt(tx, work.job.id, None)
        if is_terminal(JOB, work.job.state):
            return Settlement(state=work.job.state)
        if newest is not None and newest.id != attempt_id:
            return _again(core, newest)
        if not is_terminal(ATTEMPT, work.attempt.state):
            raise InvalidStateError("the attempt has not ended", state=work.attempt.state)
        return await _decide(tx, core, work, category)


async def _decide(tx: Transaction, core: Core, work: Work, category: str) -> Settlement:
    policy = _policy.validate_python(work.job.policy)
    lost = work.attempt.state is JobState.STALE
    if lost or not may_retry(policy, category, work.attempt.attempt_number):
        state = JobState.FAILED if lost else work.attempt.state
        moment = Moment("orchestrator", core.clock(), work.attempt.summary[:SUMMARY_SHOWN])
        await move_job(tx, work.job, state, moment)
        return Settlement(state=state)
    number = work.attempt.attempt_number + 1
    moment = Moment("orchestrator", core.clock(), f"retry {number - 1} after {category} failure")
    following = add_attempt(tx, work.job, number, moment.at)
    await move_job(tx, work.job, JobState.QUEUED, moment, attempt_count=number)
    return _again(core, following)


def _again(core: Core, attempt: Attempt) -> Settlement:
    first = core.settings.job_retry_backoff_seconds
    return Settlement(
        state=JobState.QUEUED,
        attempt_id=attempt.id,
        attempt_number=attempt.attempt_number,
        backoff_seconds=backoff_seconds(attempt.attempt_number - 1, first),
    )
