"""Where the change that a run is for begins."""

from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.runs.ports import Commits
from deltaci.store.jobs import repository_of
from deltaci.store.reports import find_trigger
from deltaci.store.runs import newest_green, oldest_of_ref
from deltaci.store.tables import Run


async def base_of(core: Core, run: Run, commits: Commits) -> str | None:
    """Return the commit to compare with; None means the empty tree.

    A pull request is compared with where it left its target. On any other ref a change stays in
    range until a whole run of it is green: the range begins at the newest commit of the ref that a
    whole run proved, or where the ref's first run began. So a docs-only push on top of a broken one
    still tests what is broken, whatever became of the runs between.
    """
    if run.base_sha is not None:
        return run.base_sha
    async with core.database.read() as tx:
        trigger = await find_trigger(tx, run.id)
        green = await newest_green(tx, run)
        oldest = green or await oldest_of_ref(tx, run) or run
        default_branch = (await repository_of(tx, run.repo_id)).default_branch
    if trigger is not None and trigger.target_ref is not None:
        return await _fork_point(commits, run, trigger.target_ref, trigger.target_sha)
    if green is not None and green.commit_sha != run.commit_sha:
        return green.commit_sha
    if oldest.base_sha is not None:
        return oldest.base_sha
    if trigger is None:
        return await commits.first_parent(oldest.commit_sha)
    return await _before_push(commits, run, trigger.before_sha, f"refs/heads/{default_branch}")


async def _fork_point(
    commits: Commits, run: Run, target_ref: str, target_sha: str | None
) -> str | None:
    """Return where a head left its target; all of it counts without a common history.

    A target that was pushed over since counts as it is now, and one that is gone as no history.
    """
    target = target_sha
    if target is None or not await _is_to_be_had(commits, target, target_ref):
        try:
            target = await commits.resolve(target_ref)
        except InvalidRequestError:
            return None
        await commits.bring(target, target_ref)
    return await commits.merge_base(target, run.commit_sha)


async def _before_push(
    commits: Commits, run: Run, before_sha: str | None, default_ref: str
) -> str | None:
    """Return where the ref pointed before; for a new one, where it left the default branch."""
    if before_sha is not None and await _is_to_be_had(commits, before_sha, run.ref):
        return before_sha
    left = await _fork_point(commits, run, default_ref, None) if run.ref != default_ref else None
    return left or await commits.first_parent(run.commit_sha)


async def _is_to_be_had(commits: Commits, commit_sha: str, ref: str) -> bool:
    """Whether a commit that the ref has left behind can still be read."""
    try:
        await commits.bring(commit_sha, ref)
    except InvalidRequestError:
        return False
    return True
