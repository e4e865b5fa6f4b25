"""Stop some or all unfinished jobs of a run, on the orchestrator's decision."""

from datetime import timedelta

from deltaci.core import Core
from deltaci.jobs.cancel import cancel_jobs
from deltaci.states import JobState
from deltaci.store.jobs import open_jobs_of
from deltaci.store.runs import hold_run
from deltaci.store.transitions import Moment
from deltaci.wire.orchestration import StopJobs
from deltaci.wire.runner import CancelReason


async def stop_jobs(core: Core, order: StopJobs) -> None:
    """Cancel the run's unfinished jobs of these names, or all; the run's own state stays."""
    now = core.clock()
    deadline = now + timedelta(seconds=core.settings.cancel_deadline_seconds)
    async with core.database.write() as tx:
        await hold_run(tx, order.run_id)
        jobs = [
            job
            for job in await open_jobs_of(tx, order.run_id)
            if job.state is not JobState.CANCEL_REQUESTED
            and (order.names is None or job.name in order.names)
        ]
        moment = Moment("orchestrator", now, order.explanation)
        await cancel_jobs(tx, jobs, CancelReason(order.reason), moment, deadline)
