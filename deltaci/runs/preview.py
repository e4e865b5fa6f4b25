"""Plan a commit without storing anything."""

from dataclasses import asdict

from deltaci.admission import Admission
from deltaci.core import Core
from deltaci.errors import InvalidRequestError, NotFoundError
from deltaci.planner.model import Change, ChangeKind, Diff, Plan, PlanError, PlanRequest, Recipe
from deltaci.runs.ports import Commits, CommitSource
from deltaci.runs.recipes import usable_recipes
from deltaci.runs.think import think
from deltaci.store.repositories import find_repository
from deltaci.store.tables import Repository
from deltaci.wire.plans import DiffSummary, MakePlan, PlanAnswer
from deltaci.wire.runs import SkippedJobView

_previews = Admission(4, "planning")
"""Each may fetch a whole repository; the runs' own planning is elsewhere and not held up."""


async def preview_plan(core: Core, source: CommitSource, request: MakePlan) -> PlanAnswer:
    """Answer what would be planned.

    Raises NotFoundError, InvalidRequestError for no plan, and UnavailableError when it takes too
    long or too many are being made.
    """
    async with core.database.read() as tx:
        repository = await find_repository(tx, request.repo_id)
        recipes = await usable_recipes(tx, request.repo_id)
    if repository is None:
        raise NotFoundError(f"no repository {request.repo_id!r}")
    async with _previews.enter(core.settings.plan_timeout_seconds):
        made = await _made(source, repository, recipes, request)
    return PlanAnswer(
        plan_id=made.plan_id,
        jobs=list(made.jobs),
        explain=made.explain,
        recipe_source=made.recipe_source,
        fingerprint=made.fingerprint,
        skipped_jobs=[SkippedJobView(**asdict(skipped)) for skipped in made.skipped_jobs],
    )


async def _made(
    source: CommitSource, repository: Repository, recipes: tuple[Recipe, ...], request: MakePlan
) -> Plan:
    commits = source(repository.id, repository.url)
    # Nothing of it runs, so anybody's commit will do.
    await commits.bring(request.commit_sha, repository.default_branch, vouched=True)
    diff = await _diff(commits, request.commit_sha, request.diff_summary)
    tree = await commits.tree(request.commit_sha)
    wanted = PlanRequest(repository.id, request.commit_sha, tree, diff, recipes=recipes)
    try:
        return await think(wanted)
    except PlanError as error:
        raise InvalidRequestError(f"no plan can be made: {error}") from error


async def _diff(commits: Commits, commit_sha: str, summary: DiffSummary) -> Diff:
    if summary.changed_paths is not None:
        paths = sorted(set(summary.changed_paths))
        return Diff(tuple(Change(ChangeKind.MODIFIED, path) for path in paths))
    base = summary.base_sha or await commits.first_parent(commit_sha)
    return await commits.diff(base, commit_sha)
