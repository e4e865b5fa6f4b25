"""Describe a planned run to its workflow."""

from deltaci.store.database import Transaction
from deltaci.store.jobs import jobs_of, newest_attempts
from deltaci.store.runs import find_plan
from deltaci.store.tables import Attempt, Job, Run
from deltaci.wire.orchestration import JobTicket, PlannedRun


async def planned_run(tx: Transaction, run: Run) -> PlannedRun:
    """Read the run's jobs as they are now, so that a workflow started anew goes on from there."""
    plan = await find_plan(tx, run.id)
    if plan is None:
        return PlannedRun(state=run.state)
    jobs = await jobs_of(tx, run.id)
    attempts = await newest_attempts(tx, [job.id for job in jobs])
    return PlannedRun(
        state=run.state,
        jobs=tuple(_ticket(job, attempts.get(job.id)) for job in jobs),
        explain=plan.explain,
        max_runtime_seconds=plan.policies.get("max_runtime_seconds"),
        max_concurrency=plan.policies.get("max_concurrency"),
    )


def _ticket(job: Job, attempt: Attempt | None) -> JobTicket:
    return JobTicket(
        job_id=job.id,
        name=job.name,
        required=job.required,
        needs=tuple(job.depends_on),
        attempt_id=attempt.id if attempt else "",
        attempt_number=attempt.attempt_number if attempt else 0,
        labels=job.labels_key,
        state=job.state,
    )
