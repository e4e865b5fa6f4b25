"""Settle a run: its outcome from the rows, with nothing left unfinished behind it."""

from collections.abc import Sequence

from deltaci.builds.promise import promise_build
from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.jobs.force import force_jobs
from deltaci.runs.recipes import save_recipe
from deltaci.runs.slots import release_slot
from deltaci.states import JOB, RUN, JobState, RunState, is_terminal
from deltaci.store.deployment_jobs import RUN_KIND, forget_secrets
from deltaci.store.jobs import jobs_of
from deltaci.store.runs import find_plan, hold_run
from deltaci.store.tables import Job, Run
from deltaci.store.tables.runs import Slot
from deltaci.store.transitions import Moment, move_run
from deltaci.wire.orchestration import RunEnding

NAMED_JOBS = 5
"""How many failed jobs the reason names."""


async def settle_run(core: Core, ending: RunEnding) -> RunState:
    """End the run and return its outcome; one that has ended keeps it.

    A requested cancel counts over everything else. Jobs still open are ended without their runners,
    so that no run ends with an unfinished job.
    """
    async with core.database.write() as tx:
        run = await hold_run(tx, ending.run_id)
        if run is None:
            raise NotFoundError(f"no run {ending.run_id!r}")
        if is_terminal(RUN, run.state):
            outcome = run.state
        else:
            jobs = await jobs_of(tx, run.id)
            outcome, reason = decide_outcome(run, jobs, ending)
            moment = Moment("orchestrator", core.clock(), reason)
            await force_jobs(tx, [job for job in jobs if not is_terminal(JOB, job.state)], moment)
            await move_run(tx, run, outcome, moment, finished_at=moment.at)
            if run.kind == RUN_KIND:
                await forget_secrets(tx, run.id)
            plan = await find_plan(tx, run.id)
            if outcome is RunState.SUCCEEDED and plan is not None:
                await save_recipe(tx, run, plan, moment)
                await promise_build(tx, run, plan, moment.at)
    if run.slot is not Slot.NONE:
        await release_slot(core, ending.run_id)
    return outcome


def decide_outcome(run: Run, jobs: Sequence[Job], ending: RunEnding) -> tuple[RunState, str]:
    """Return the outcome that the rows justify, and a sentence for people."""
    if run.state is RunState.CANCEL_REQUESTED:
        return RunState.CANCELED, run.state_reason
    if ending.wanted is RunState.TIMEOUT:
        return RunState.TIMEOUT, ending.reason
    if ending.wanted is RunState.FAILED and any(not is_terminal(JOB, job.state) for job in jobs):
        return RunState.FAILED, ending.reason
    missing = [job for job in jobs if job.required and job.state is not JobState.SUCCEEDED]
    if missing:
        named = ", ".join(f"{job.name} ({job.state})" for job in missing[:NAMED_JOBS])
        more = f" and {len(missing) - NAMED_JOBS} more" if len(missing) > NAMED_JOBS else ""
        return RunState.FAILED, f"required jobs did not succeed: {named}{more}"
    return RunState.SUCCEEDED, ""
