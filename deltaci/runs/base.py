"""Where the change that a run is for begins."""

from deltaci.runs.ports import Commits
from deltaci.states import RunState
from deltaci.store.tables import Run


async def base_of(run: Run, previous: Run | None, commits: Commits) -> str | None:
    """Return the commit to compare with; None means the empty tree.

    A change stays in range until a run of it is green: after a green run of the same ref the range
    begins at that run's commit, after any other at the place where that run's range began. So a
    docs-only push on top of a broken one still tests what is broken.
    """
    if run.base_sha is not None:
        return run.base_sha
    if previous is not None:
        green = previous.state is RunState.SUCCEEDED
        if green and previous.commit_sha != run.commit_sha:
            return previous.commit_sha
        if previous.base_sha is not None:
            return previous.base_sha
    return await commits.first_parent(run.commit_sha)
