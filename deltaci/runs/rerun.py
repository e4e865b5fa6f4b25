"""Run a finished or unfinished run's commit again, whole or in part."""

from dataclasses import replace

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError, NotFoundError
from deltaci.ids import new_run_id, workflow_id
from deltaci.repositories.forge import hearing_forge
from deltaci.runs.record import NewRun, RunKind, record_run, trigger_of
from deltaci.states import RunState
from deltaci.store.database import Transaction
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.jobs import jobs_of
from deltaci.store.runs import find_run
from deltaci.store.tables import Run
from deltaci.wire.runs import RerunAccepted, RerunRequest

UNPLANNED = frozenset({RunState.CREATED, RunState.PLANNING})


async def rerun(
    core: Core, actor: str, run_id: str, request: RerunRequest, key: str | None
) -> RerunAccepted:
    """Record a new run of the same commit, linked to the original, which stays untouched.

    A rerun of a rerun in part takes the same part again, unless it names jobs of its own. The key
    is scoped to the original run; replaying it answers the first new run with `created`
    false. Raises NotFoundError, InvalidRequestError for names that the original has not, and
    InvalidStateError for names while it is not planned, and for a deployment's run.
    """
    new_id = new_run_id()
    jobs = sorted(set(request.jobs)) if request.jobs is not None else None
    keyed = Keyed.of(f"runs.rerun:{run_id}", key or new_id, {"jobs": jobs})
    async with core.database.write() as tx:
        original = await find_run(tx, run_id)
        if original is None:
            raise NotFoundError(f"no run {run_id!r}")
        if original.kind == RunKind.DEPLOYMENT:
            raise InvalidStateError("a deployment's run cannot be rerun; deploy again")
        await _refuse_unknown_jobs(tx, original, jobs)
        accepted = RerunAccepted(
            run_id=new_id,
            original_run=run_id,
            state=RunState.CREATED,
            created=True,
            idempotencyKey=keyed.key,
        )
        if await store_answer(tx, keyed, accepted.model_dump(mode="json"), core.clock()):
            again = _again(original, jobs, actor, keyed.key)
            inherited = replace(
                again,
                forge=await hearing_forge(tx, core, original.repo_id),
                trigger=await trigger_of(tx, original.id),
            )
            await record_run(tx, core, inherited, new_id)
            return accepted
        earlier = await stored_answer(tx, keyed)
    return RerunAccepted.model_validate(earlier).model_copy(update={"created": False})


async def _refuse_unknown_jobs(tx: Transaction, original: Run, jobs: list[str] | None) -> None:
    if jobs is None:
        return
    if original.state in UNPLANNED:
        raise InvalidStateError("the run's jobs are not planned yet", state=original.state)
    known = {job.name for job in await jobs_of(tx, original.id)}
    if unknown := sorted(set(jobs) - known):
        raise InvalidRequestError(
            "the run has no such jobs", unknown_jobs=unknown, known_jobs=sorted(known)
        )


def _again(original: Run, jobs: list[str] | None, actor: str, key: str) -> NewRun:
    wanted = jobs if jobs is not None else original.job_filter
    return NewRun(
        repo_id=original.repo_id,
        ref=original.ref,
        commit_sha=original.commit_sha,
        base_sha=original.base_sha,
        base_given=original.base_given,
        kind=RunKind.RERUN,
        reason=f"rerun of {original.id}",
        fork=original.fork,
        actor=actor,
        workflow_id=workflow_id("rerun", original.id, key),
        original_run_id=original.id,
        job_filter=tuple(wanted) if wanted is not None else None,
    )
