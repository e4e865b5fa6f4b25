"""Stop some or all unfinished jobs of a run, on the orchestrator's decision."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from deltaci.core import Core
from deltaci.jobs.cancel import cancel_jobs
from deltaci.states import JOB, JobState, is_terminal
from deltaci.store.jobs import jobs_of
from deltaci.store.runs import hold_run
from deltaci.store.tables import Job
from deltaci.store.transitions import Moment
from deltaci.wire.orchestration import StopJobs
from deltaci.wire.runner import CancelReason


async def stop_jobs(core: Core, order: StopJobs) -> None:
    """Cancel the run's unfinished jobs of these names, or all; the run's own state stays.

    A job that waited for one which did not succeed says so, whichever of the run's decisions
    about it comes first.
    """
    now = core.clock()
    deadline = now + timedelta(seconds=core.settings.cancel_deadline_seconds)
    async with core.database.write() as tx:
        await hold_run(tx, order.run_id)
        jobs = {job.name: job for job in await jobs_of(tx, order.run_id)}
        stopped: dict[str, list[Job]] = defaultdict(list)
        for job in jobs.values():
            if _is_to_stop(job, order):
                stopped[_obstacle(job, jobs) or order.explanation].append(job)
        for explanation, alike in stopped.items():
            moment = Moment("orchestrator", now, explanation)
            await cancel_jobs(tx, alike, CancelReason(order.reason), moment, deadline)


def _is_to_stop(job: Job, order: StopJobs) -> bool:
    if is_terminal(JOB, job.state) or job.state is JobState.CANCEL_REQUESTED:
        return False
    return order.names is None or job.name in order.names


def _obstacle(job: Job, jobs: Mapping[str, Job]) -> str | None:
    if job.state is not JobState.CREATED:
        return None
    for need in job.depends_on:
        state = jobs[need].state
        if is_terminal(JOB, state) and state is not JobState.SUCCEEDED:
            return f"needs {need}, which is {state}"
    return None
