"""The planner: a change and a tree in, a plan with its reasons out."""

from dataclasses import replace

from deltaci.planner.canonical import plan_id_of
from deltaci.planner.construction import known_jobs, planned_job, select
from deltaci.planner.discovery import discover, read_files
from deltaci.planner.display import listed
from deltaci.planner.explain import (
    discovered_segment,
    explanation,
    paths_segment,
    projects_segment,
    reach_segments,
)
from deltaci.planner.fallback import NOTHING_FOUND, static_selection
from deltaci.planner.files import RepositoryFiles
from deltaci.planner.fingerprint import CONFIG_FILE, fingerprint_of
from deltaci.planner.forks import NOTE as FORK_NOTE
from deltaci.planner.forks import restricted
from deltaci.planner.impact import changed_paths, impact_of
from deltaci.planner.model import Plan, PlanError, PlanRequest, RecipeSource
from deltaci.planner.recipes import match_recipe, replayed, title
from deltaci.planner.validation import check_jobs

_FINGERPRINT_SHOWN = len("sha256:") + 8


def plan(request: PlanRequest) -> Plan:
    """Return the plan for a change: config, else a recipe, else discovery, else the fallback.

    Pure and deterministic; reads only the request. Raises PlanError when the configuration is
    invalid or the jobs contradict each other.
    """
    files = read_files(request.tree)
    if CONFIG_FILE in request.tree.entries:
        from deltaci.planner.config.plan import configured_plan  # noqa: PLC0415 - pydantic and YAML cost start-up time that only repositories with a config pay

        made = configured_plan(request, files)
    else:
        made = _discovered_plan(request, files)
    check_jobs(made.jobs)
    return _for_fork(made) if request.fork else made


def _discovered_plan(request: PlanRequest, files: RepositoryFiles) -> Plan:
    discovery = discover(request.tree, files)
    fingerprint = fingerprint_of(files)
    plan_id = plan_id_of(request)
    known = tuple(planned_job(each, discovery, "") for each in known_jobs(discovery))
    if not known and discovery.doubts:
        raise PlanError(f"nothing can be planned: {listed(discovery.doubts)}")
    if not known:
        return _static_plan(request, plan_id, fingerprint)
    impact = impact_of(request.diff, request.tree, discovery)
    selection = select(discovery, impact)
    match = match_recipe(request.recipes, fingerprint, known)
    found, changed = discovered_segment(discovery), paths_segment(impact.paths)
    reach = reach_segments(discovery, impact)
    notes = [request.diff.unavailable, match.note]
    made = Plan(plan_id, RecipeSource.DISCOVERY, fingerprint, "", selection.jobs, selection.skipped)
    if match.recipe is not None:
        shown = f"fingerprint {fingerprint[len('sha256:') : _FINGERPRINT_SHOWN]}"
        return replace(
            made,
            recipe_source=RecipeSource.RECIPE,
            recipe_id=match.recipe.id,
            recipe_version=match.recipe.version,
            jobs=replayed(selection, match.recipe).jobs,
            explain=explanation(
                [found, changed, shown, title(match.recipe), impact.unknown, *reach, *notes]
            ),
        )
    if impact.unknown:
        segments = [f"fallback: {impact.unknown}", "every known job is planned", found]
        return replace(
            made,
            recipe_source=RecipeSource.FALLBACK,
            explain=explanation([*segments, projects_segment(discovery), *notes]),
        )
    segments = [found, projects_segment(discovery), changed, *reach, *notes]
    return replace(made, explain=explanation(segments), known_jobs=known)


def _static_plan(request: PlanRequest, plan_id: str, fingerprint: str) -> Plan:
    changed = paths_segment(changed_paths(request.diff))
    return Plan(
        plan_id=plan_id,
        recipe_source=RecipeSource.FALLBACK,
        fingerprint=fingerprint,
        explain=explanation([f"fallback: {NOTHING_FOUND}", changed, request.diff.unavailable]),
        jobs=static_selection().jobs,
        skipped_jobs=(),
    )


def _for_fork(made: Plan) -> Plan:
    return replace(
        made,
        jobs=restricted(made.jobs),
        known_jobs=(),
        explain=f"{made.explain}; {FORK_NOTE}",
    )
