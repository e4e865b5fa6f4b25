"""Keep what discovery found, so that an unchanged build layout needs no discovery (spec §4.6)."""

from pydantic import TypeAdapter

from deltaci.planner.model import PlannedJob, Recipe, RecipeSource
from deltaci.store import tables
from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.runs import recipes_of
from deltaci.store.tables import Run, RunPlan
from deltaci.store.transitions import Moment

_jobs = TypeAdapter(tuple[PlannedJob, ...])


async def usable_recipes(tx: Transaction, repo_id: str) -> tuple[Recipe, ...]:
    """Read the repository's newest recipes for the planner, which picks by fingerprint."""
    return tuple(
        Recipe(row.id, row.version, row.fingerprint, _jobs.validate_python(row.recipe_json))
        for row in await recipes_of(tx, repo_id)
    )


async def save_recipe(tx: Transaction, run: Run, plan: RunPlan, moment: Moment) -> None:
    """Save the whole discovered job set of a green run, once per fingerprint.

    It is the full set before impact was applied, never the selection of this run, and the planner
    decides cache modes anew each time: a docs-only or fork run teaches nothing wrong.
    """
    if plan.recipe_source != RecipeSource.DISCOVERY or not (plan.known_jobs and plan.fingerprint):
        return
    await insert_absent(
        tx,
        tables.Recipe,
        id=f"recipe_{run.id.removeprefix('run_')}",
        repo_id=run.repo_id,
        fingerprint=plan.fingerprint,
        version=1,
        source=plan.recipe_source,
        recipe_json=plan.known_jobs,
        created_at=moment.at,
    )


def known_jobs_json(jobs: tuple[PlannedJob, ...]) -> list[object]:
    """Write a discovered job set as it is stored."""
    dumped: list[object] = _jobs.dump_python(jobs, mode="json")
    return dumped
