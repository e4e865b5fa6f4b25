"""Where the change that a run is for begins."""

from deltaci.core import Core
from deltaci.runs.ports import Commits
from deltaci.store.runs import newest_green, oldest_of_ref
from deltaci.store.tables import Run


async def base_of(core: Core, run: Run, commits: Commits) -> str | None:
    """Return the commit to compare with; None means the empty tree.

    A change stays in range until a whole run of it is green: the range begins at the newest commit
    of the ref that a whole run proved, or where the ref's first run began. So a docs-only push on
    top of a broken one still tests what is broken, whatever became of the runs between.
    """
    if run.base_sha is not None:
        return run.base_sha
    async with core.database.read() as tx:
        green = await newest_green(tx, run)
        oldest = green or await oldest_of_ref(tx, run) or run
    if green is not None and green.commit_sha != run.commit_sha:
        return green.commit_sha
    return oldest.base_sha or await commits.first_parent(oldest.commit_sha)
