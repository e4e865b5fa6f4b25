"""Plan a run: read its commit, decide its jobs, store them."""

import asyncio
from dataclasses import asdict

from deltaci.core import Core
from deltaci.errors import DeltaError, NotFoundError, UnavailableError
from deltaci.planner.model import DEPLOY_LABEL, Plan, PlanError, PlanRequest, SkippedJob
from deltaci.runs.base import base_of
from deltaci.runs.ports import CommitSource
from deltaci.runs.recipes import known_jobs_json, usable_recipes
from deltaci.runs.selection import Selection, select_again, select_planned
from deltaci.runs.store_plan import store_plan
from deltaci.runs.supersede import supersede_older
from deltaci.runs.think import think
from deltaci.runs.tickets import planned_run
from deltaci.states import RunState
from deltaci.store.jobs import jobs_of, repository_of
from deltaci.store.reports import find_trigger
from deltaci.store.runs import (
    find_plan,
    find_run,
    hold_run,
    touch_recipe,
)
from deltaci.store.tables import Run, RunPlan
from deltaci.store.transitions import Moment, move_run
from deltaci.wire.orchestration import PlannedRun

PLANNER = "planner"
PLANNABLE = frozenset({RunState.CREATED, RunState.PLANNING})


async def plan_run(core: Core, source: CommitSource, run_id: str) -> PlannedRun:
    """Plan the run and store its jobs; a run that is planned already is described as it stands.

    A plan that cannot be made ends the run as FAILED with the reason. An unreachable repository
    raises UnavailableError and leaves the run as it is, to be tried again.
    """
    run = await _begin(core, run_id)
    if run.state in PLANNABLE:
        try:
            await _plan_and_store(core, source, run)
        except UnavailableError:
            raise
        except (PlanError, DeltaError) as error:
            await fail_planning(core, run_id, str(error))
    async with core.database.read() as tx:
        run = await find_run(tx, run_id) or run
        repository = await repository_of(tx, run.repo_id)
        planned = await planned_run(tx, run)
    await supersede_older(core, source(repository.id, repository.url), run)
    return planned


async def fail_planning(core: Core, run_id: str, reason: str) -> None:
    """End a run that could not be planned."""
    async with core.database.write() as tx:
        run = await hold_run(tx, run_id)
        if run is None or run.state not in PLANNABLE:
            return
        moment = Moment(PLANNER, core.clock(), f"planning failed: {reason}"[:1000])
        if run.state is RunState.CREATED:
            await move_run(tx, run, RunState.PLANNING, moment)
        await move_run(tx, run, RunState.PLAN_FAILED, moment)
        await move_run(tx, run, RunState.FAILED, moment, finished_at=moment.at)


async def _begin(core: Core, run_id: str) -> Run:
    async with core.database.write() as tx:
        run = await hold_run(tx, run_id)
        if run is None:
            raise NotFoundError(f"no run {run_id!r}")
        if run.state is RunState.CREATED:
            await move_run(tx, run, RunState.PLANNING, Moment(PLANNER, core.clock()))
    return run


async def _plan_and_store(core: Core, source: CommitSource, run: Run) -> None:
    row, selection = await _again(core, run) or await _in_time(core, source, run)
    _require_sound(selection, core.settings.run_max_jobs)
    async with core.database.write() as tx:
        held = await hold_run(tx, run.id)
        if held is None or held.state is not RunState.PLANNING:
            return  # cancelled meanwhile, or another worker was faster
        moment = Moment(PLANNER, core.clock())
        row.created_at = moment.at
        await store_plan(tx, held, row, selection, moment)
        await move_run(tx, held, RunState.QUEUED, moment, base_sha=run.base_sha)
        if row.recipe_id:
            await touch_recipe(tx, row.recipe_id, moment.at)


async def _again(core: Core, run: Run) -> tuple[RunPlan, Selection] | None:
    """Follow the original's plan in a rerun, if it got that far."""
    if run.original_run_id is None:
        return None
    async with core.database.read() as tx:
        original = await find_plan(tx, run.original_run_id)
        jobs = await jobs_of(tx, run.original_run_id)
    if original is None:
        return None
    skipped = [SkippedJob(**skipped) for skipped in original.skipped_jobs]
    copied = {
        column: getattr(original, column)
        for column in (
            "plan_id", "recipe_source", "recipe_id", "recipe_version", "fingerprint",
            "explain", "policies", "known_jobs", "build",
        )
    }  # fmt: skip
    return RunPlan(run_id=run.id, **copied), select_again(jobs, skipped, run.job_filter)


async def _in_time(core: Core, source: CommitSource, run: Run) -> tuple[RunPlan, Selection]:
    seconds = core.settings.plan_timeout_seconds
    try:
        async with asyncio.timeout(seconds):
            return await _afresh(core, source, run)
    except TimeoutError as error:
        raise UnavailableError(f"planning took longer than {seconds} s") from error


async def _afresh(core: Core, source: CommitSource, run: Run) -> tuple[RunPlan, Selection]:
    async with core.database.read() as tx:
        repository = await repository_of(tx, run.repo_id)
        recipes = await usable_recipes(tx, run.repo_id)
        trigger = await find_trigger(tx, run.id)
    commits = source(repository.id, repository.url)
    await commits.bring(run.commit_sha, run.ref, vouched=run.fork or trigger is not None)
    run.base_sha = base = await base_of(core, run, commits)
    request = PlanRequest(
        repo_id=run.repo_id,
        commit_sha=run.commit_sha,
        tree=await commits.tree(run.commit_sha),
        diff=await commits.diff(base, run.commit_sha),
        fork=run.fork,
        recipes=recipes,
        ref=run.ref,
        default_branch=repository.default_branch,
    )
    made = await think(request)
    return _row(run, made), select_planned(made)


def _row(run: Run, made: Plan) -> RunPlan:
    return RunPlan(
        run_id=run.id,
        plan_id=made.plan_id,
        recipe_source=made.recipe_source,
        recipe_id=made.recipe_id or None,
        recipe_version=made.recipe_version or None,
        fingerprint=made.fingerprint,
        explain=made.explain,
        policies=asdict(made.policies),
        known_jobs=known_jobs_json(made.known_jobs),
        build=asdict(made.build) if made.build else None,
    )


def _require_sound(selection: Selection, run_max_jobs: int) -> None:
    for chosen in selection.jobs:
        if any(label.startswith(DEPLOY_LABEL) for label in chosen.planned.runs_on):
            raise PlanError(
                f"job {chosen.planned.name} asks for a runner that deploys; labels that begin with "
                f"{DEPLOY_LABEL} are for deployments only"
            )
    if len(selection.jobs) > run_max_jobs:
        raise PlanError(
            f"the plan has {len(selection.jobs)} jobs, more than the limit of {run_max_jobs}"
        )
    if not selection.jobs and not selection.skipped:
        raise PlanError("no jobs were found in the repository; add a ci.ai.yaml")
