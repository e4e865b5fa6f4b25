"""Replaying a stored job set; what runs is decided anew for every change (spec §4.6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deltaci.planner.construction import Selection
from deltaci.planner.model import CacheSpec, PlannedJob, Recipe


@dataclass(frozen=True, slots=True)
class Match:
    """The recipe to replay, or a note on why there is none."""

    recipe: Recipe | None = None
    note: str = ""


def match_recipe(recipes: Sequence[Recipe], fingerprint: str, known: Sequence[PlannedJob]) -> Match:
    """Return the newest recipe of this fingerprint that still covers exactly the known jobs."""
    if not recipes:
        return Match()
    matching = [recipe for recipe in recipes if fingerprint and recipe.fingerprint == fingerprint]
    if not matching:
        return Match(note="no recipe matched fingerprint")
    newest = max(matching, key=lambda recipe: (recipe.version, recipe.id))
    if _shape(newest.jobs) != _shape(known):
        return Match(note=f"{title(newest)} is stale")
    return Match(recipe=newest)


def replayed(selection: Selection, recipe: Recipe) -> Selection:
    """Return the selection with each job's body taken from the recipe; cache mode is ours."""
    bodies = {job.name: job for job in recipe.jobs}
    jobs = tuple(
        replace(_writable(bodies[job.name]), reason=f"{title(recipe)}: {job.reason}")
        for job in selection.jobs
    )
    return Selection(jobs, selection.skipped)


def title(recipe: Recipe) -> str:
    """How explanations name a recipe."""
    return f"recipe {recipe.id} v{recipe.version}"


def _shape(jobs: Sequence[PlannedJob]) -> set[tuple[str, str, bool]]:
    return {(job.name, job.spec.workdir, job.required) for job in jobs}


def _writable(job: PlannedJob) -> PlannedJob:
    caches: tuple[CacheSpec, ...] = tuple(replace(c, read_only=False) for c in job.spec.caches)
    return replace(job, spec=replace(job.spec, caches=caches))
