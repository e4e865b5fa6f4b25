"""Write a plan and its jobs into the caller's transaction."""

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

import rfc8785

from deltaci.ids import new_job_id
from deltaci.planner.model import JobSpec
from deltaci.runs.selection import ChosenJob, Selection, labels_key
from deltaci.states import JobState
from deltaci.store.database import Transaction
from deltaci.store.jobs import add_attempt
from deltaci.store.tables import Job, Run, RunPlan
from deltaci.store.transitions import Moment, move_job


async def store_plan(
    tx: Transaction, run: Run, plan: RunPlan, selection: Selection, moment: Moment
) -> None:
    """Store the plan row and one row per job; jobs to execute get their first attempt."""
    plan.skipped_jobs = [asdict(skipped) for skipped in selection.skipped]
    tx.add(plan)
    rows = [
        _job_row(run, chosen, position, moment.at) for position, chosen in enumerate(selection.jobs)
    ]
    tx.add_all(rows)
    await tx.flush()
    for job in rows:
        if job.reused_from is None:
            add_attempt(tx, job, 1, moment.at)
        else:
            taken = Moment(moment.actor, moment.at, f"result taken over from {job.reused_from}")
            await move_job(tx, job, JobState.SUCCEEDED, taken)
    await tx.flush()


def _job_row(run: Run, chosen: ChosenJob, position: int, now: datetime) -> Job:
    planned = chosen.planned
    spec = _jsonable(planned.spec)
    return Job(
        id=new_job_id(),
        run_id=run.id,
        position=position,
        name=planned.name,
        required=planned.required,
        state=JobState.CREATED,
        state_reason="",
        reason=planned.reason,
        spec=spec,
        policy={**asdict(planned.policy), "retry_on": list(planned.policy.retry_on)},
        depends_on=list(planned.depends_on),
        labels_key=labels_key(planned),
        inputs_hash=_inputs_hash(run.commit_sha, spec),
        attempt_count=0 if chosen.reused_from else 1,
        reused_from=chosen.reused_from,
        created_at=now,
        updated_at=now,
    )


def _jsonable(spec: JobSpec) -> dict[str, Any]:
    return {**asdict(spec), "env": dict(spec.env)}


def _inputs_hash(commit_sha: str, spec: dict[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps([commit_sha, spec])).hexdigest()
