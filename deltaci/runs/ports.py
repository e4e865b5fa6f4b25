"""What run use cases need from version control; `deltaci.vcs.git` provides it."""

from typing import Protocol

from deltaci.planner.model import Diff, Tree


class Commits(Protocol):
    """Commits of one repository, read from our own mirror of it.

    Implementations never touch a working copy, never run hooks, bound every call in time, and raise
    `deltaci.errors.InvalidRequestError` for a ref or commit that does not exist and
    `UnavailableError` when the repository cannot be reached. Calls may run at the same time, also
    in several processes.
    """

    async def resolve(self, ref: str) -> str:
        """Return the full commit id that a branch, tag or commit means now."""
        ...

    async def bring(self, commit_sha: str, ref: str, *, vouched: bool = False) -> None:
        """Make a commit and its history readable here; cheap when it already is.

        A server may hold commits that strangers made, in forks and pull requests. So a commit of a
        remote repository counts only if a branch or tag of it has it in its history, now or when we
        last looked; otherwise InvalidRequestError. `vouched` leaves this proof out: a delivery that
        the forge signed named the commit, the run is a fork's and gets nothing, or nothing of the
        commit is run. `ref` says where the commit may be found.
        """
        ...

    async def first_parent(self, commit_sha: str) -> str | None:
        """Return the commit's first parent, or None for a root commit."""
        ...

    async def merge_base(self, one: str, other: str) -> str | None:
        """Return where the histories of two brought commits parted, or None if they share none."""
        ...

    async def tree(self, commit_sha: str) -> Tree:
        """Read the commit's tree."""
        ...

    async def diff(self, base_sha: str | None, head_sha: str) -> Diff:
        """Compare two commits; without a base, every path of the head counts as added."""
        ...


class CommitSource(Protocol):
    """Finds the commits of a repository."""

    def __call__(self, repo_id: str, url: str) -> Commits:
        """Return the commits of the repository at `url`."""
        ...
