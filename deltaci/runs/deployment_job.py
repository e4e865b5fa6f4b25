"""Jobs of deployments, as runs of one job each: the office behind the engine `runner`.

Such a run has its plan from the beginning, one required job with the recipe's steps, and then goes
the way of every run: the same workflow, queue, leases and logs. Only a runner whose token grants
the label of the environment takes it, and only that runner is told the secrets.
"""

import re
from dataclasses import asdict
from datetime import datetime

from deltaci.core import Core
from deltaci.engines.port import (
    EngineState,
    EngineUnavailableError,
    JobOrder,
    JobRefusedError,
    JobStanding,
)
from deltaci.errors import InvalidRequestError, InvalidStateError, UnavailableError
from deltaci.ids import new_run_id, workflow_id
from deltaci.jobs.secrets import sealed
from deltaci.planner.model import (
    JobPolicy,
    JobSpec,
    PlannedJob,
    RecipeSource,
    RunPolicies,
)
from deltaci.runs.cancel import cancel_run
from deltaci.runs.ports import CommitSource
from deltaci.runs.record import NewRun, RunKind, record_run
from deltaci.runs.selection import ChosenJob, Selection
from deltaci.runs.store_plan import store_plan
from deltaci.states import JobState, RunState
from deltaci.store.database import Transaction
from deltaci.store.deployment_jobs import add_deployment_job
from deltaci.store.idempotency import Keyed, store_answer, stored_answer
from deltaci.store.jobs import jobs_of
from deltaci.store.repositories import claim_repository, find_repository
from deltaci.store.runs import find_run
from deltaci.store.tables import Repository, Run, RunPlan
from deltaci.store.transitions import Moment, move_run
from deltaci.wire.deployment_jobs import deploy_label

ACTOR = "deployments"
NO_REPOSITORY = "~deployments"
"""What runs without a checkout are of; nobody can register a repository of such a name."""
SCOPE = "runs.deployment"

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_STATES = {
    RunState.SUCCEEDED: EngineState.SUCCEEDED,
    RunState.FAILED: EngineState.FAILED,
    RunState.PLAN_FAILED: EngineState.FAILED,
    RunState.TIMEOUT: EngineState.FAILED,
    RunState.CANCELED: EngineState.CANCELED,
}


class RunJobs:
    """Implements `JobOffice` by runs."""

    def __init__(self, core: Core, commits: CommitSource) -> None:
        self._core = core
        self._commits = commits

    async def start_job(self, order: JobOrder) -> str:
        """See JobOffice. The commit must be in a branch or tag of the repository."""
        keyed = Keyed.of(SCOPE, order.key, {})
        async with self._core.database.read() as tx:
            if earlier := await stored_answer(tx, keyed):
                return str(earlier["run_id"])
        repo_id = await self._bring(order)
        run_id = new_run_id()
        async with self._core.database.write() as tx:
            if await store_answer(tx, keyed, {"run_id": run_id}, self._core.clock()):
                await self._record(tx, order, run_id, repo_id)
                return run_id
            earlier = await stored_answer(tx, keyed)
        return str((earlier or {})["run_id"])

    async def look(self, run_id: str) -> JobStanding:
        """See JobOffice."""
        async with self._core.database.read() as tx:
            run = await find_run(tx, run_id)
            jobs = await jobs_of(tx, run_id)
        if run is None:
            raise EngineUnavailableError("the deployment's run is not to be found")
        timed_out = run.state is RunState.TIMEOUT or any(
            job.state is JobState.TIMED_OUT for job in jobs
        )
        told = [job.state_reason for job in jobs if job.state_reason]
        reason = told[0] if told else run.state_reason
        return JobStanding(_STATES.get(run.state, EngineState.RUNNING), timed_out, reason)

    async def cancel(self, run_id: str) -> None:
        """See JobOffice."""
        try:
            await cancel_run(self._core, ACTOR, run_id)
        except InvalidStateError:
            return  # it has ended

    async def _bring(self, order: JobOrder) -> str:
        """Return what the run is of, once its commit is known to be there."""
        if "," in order.environment:
            raise JobRefusedError("an environment with a comma in its name has no runners")
        if order.repo_id is None:
            return NO_REPOSITORY
        if not _COMMIT.fullmatch(order.git_sha):
            raise JobRefusedError(
                "the build's git_sha is not a whole commit id: nothing to check out"
            )
        async with self._core.database.read() as tx:
            repository = await find_repository(tx, order.repo_id)
        if repository is None:
            raise JobRefusedError(f"the recipe's repository {order.repo_id!r} is not registered")
        commits = self._commits(repository.id, repository.url)
        try:
            await commits.bring(order.git_sha, repository.default_branch)
        except InvalidRequestError as error:
            raise JobRefusedError(f"the build's commit cannot be used: {error.message}") from error
        except UnavailableError as error:
            raise EngineUnavailableError(error.message) from error
        return repository.id

    async def _record(self, tx: Transaction, order: JobOrder, run_id: str, repo_id: str) -> None:
        now = self._core.clock()
        if repo_id == NO_REPOSITORY:
            await claim_repository(tx, _no_repository(now))
        run = await record_run(tx, self._core, _new_run(order, repo_id), run_id)
        add_deployment_job(tx, run_id, order.deployment_id, sealed(self._core, order.secrets))
        moment = Moment(ACTOR, now)
        await move_run(tx, run, RunState.PLANNING, moment)
        chosen = Selection((ChosenJob(_planned(order)),), ())
        await store_plan(tx, run, _plan(run, order, moment), chosen, moment)
        await move_run(tx, run, RunState.QUEUED, moment)


def _no_repository(now: datetime) -> Repository:
    return Repository(id=NO_REPOSITORY, url="", default_branch="", created_by=ACTOR, created_at=now)


def _new_run(order: JobOrder, repo_id: str) -> NewRun:
    """Describe the run. Its ref is its own, so that it is no part of any branch's history."""
    return NewRun(
        repo_id=repo_id,
        ref=f"deployments/{order.deployment_id}",
        commit_sha="" if repo_id == NO_REPOSITORY else order.git_sha,
        base_sha=None,
        base_given=True,
        kind=RunKind.DEPLOYMENT,
        reason=f"{order.name} of deployment {order.deployment_id}",
        fork=False,
        actor=ACTOR,
        workflow_id=workflow_id("deployment-job", order.key),
    )


def _plan(run: Run, order: JobOrder, moment: Moment) -> RunPlan:
    return RunPlan(
        run_id=run.id,
        plan_id=f"deployment/{order.deployment_id}",
        recipe_source=RecipeSource.CONFIG,
        fingerprint="",
        explain=f"the {order.name} job of deployment {order.deployment_id}",
        policies=asdict(RunPolicies(max_runtime_seconds=order.timeout_seconds)),
        known_jobs=[],
        created_at=moment.at,
    )


def _planned(order: JobOrder) -> PlannedJob:
    return PlannedJob(
        name=order.name,
        required=True,
        spec=JobSpec(
            name=order.name,
            steps=tuple(order.steps),
            image=order.image,
            env=dict(order.variables),
        ),
        reason=f"deployment {order.deployment_id} to {order.environment}",
        policy=JobPolicy(timeout_seconds=order.timeout_seconds),
        runs_on=(deploy_label(order.environment), *order.labels),
    )
