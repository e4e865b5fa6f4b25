"""Reading a repository on this machine: trees, diffs and history, from objects alone."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deltaci.planner.model import Diff
from deltaci.vcs.git_diff import RENAME_LIMIT, parse_changes
from deltaci.vcs.git_errors import GitError
from deltaci.vcs.git_login import NOBODY, Login
from deltaci.vcs.git_names import checked_object_id, is_object_id, ref_candidates
from deltaci.vcs.git_process import OUTPUT_MAX_BYTES, Finished, GitCommand
from deltaci.vcs.git_tree import GitTree, parse_entries

_SHORT = 12
_THREADS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="git")
"""Apart from the loop's own threads, so that slow servers cannot hold up anything but git."""


class Repository:
    """A bare repository or a checkout. Every method runs at most one git process.

    Methods may be called concurrently. Cancelling one stops its git process.
    """

    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        self.path = path
        self.timeout_seconds = timeout_seconds
        self.place: tuple[str, ...] = ("-C", str(path))
        """How git is told where the repository is; a checkout may be named by any folder inside."""

    async def resolve_local(self, ref: str) -> str:
        """Return the commit that a branch, tag (peeled), full ref, `HEAD` or full id names here.

        Raises GitError when there is none.
        """
        names = (ref,) if is_object_id(ref) else ref_candidates(ref)
        stdin = "".join(f"{name}^{{commit}}\n" for name in names).encode()
        checked = await self._git("cat-file", "--batch-check=%(objectname)", stdin=stdin)
        for line in checked.stdout.decode("utf-8", "replace").splitlines():
            if is_object_id(line):
                return line
        raise GitError(f"{ref!r} names no commit in this repository")

    async def resolve_revision(self, revision: str) -> str:
        """Return the commit of anything that git understands (`HEAD~2`, a short id): for people.

        Raises GitError when there is none.
        """
        commit = await self._commit(f"{revision}^{{commit}}")
        if commit is None:
            raise GitError(f"{revision!r} names no commit in this repository")
        return commit

    async def has_commit(self, sha: str) -> bool:
        """Whether the commit itself is here (its history may be shallow)."""
        name = f"{checked_object_id(sha)}^{{commit}}"
        return (await self._git("cat-file", "-e", name, check=False)).returncode == 0

    async def tree(self, sha: str) -> GitTree:
        """Return the commit's tree; content is read when the planner asks for it."""
        listed = await self._git("ls-tree", "-r", "-z", "--full-tree", checked_object_id(sha))
        return GitTree(self.place, parse_entries(listed.stdout), self.timeout_seconds)

    async def diff(self, base: str | None, head: str, *, merge_base: bool = False) -> Diff:
        """Return what changed from `base` to `head`, or an unavailable diff that says why not.

        With `merge_base` the range starts where the two histories parted (a pull request); without,
        the two trees are compared (a push). Both ends must be full ids.
        """
        checked_object_id(head)
        if base is None:
            return Diff(unavailable="there is no earlier commit to compare with")
        start = ["--merge-base"] if merge_base else []
        renames = ["-M", f"-l{RENAME_LIMIT}"]
        arguments = ["-r", "-z", "--raw", "--no-abbrev", *renames, *start]
        compared = await self._git(
            "diff-tree", *arguments, checked_object_id(base), head, check=False
        )
        if compared.returncode == 0:
            return Diff(parse_changes(compared.stdout))
        return Diff(unavailable=await self._why_unavailable(base, head, merge_base, compared))

    async def first_parent(self, sha: str) -> str | None:
        """Return the first parent, or None for a root commit or the edge of a shallow history."""
        return await self._commit(f"{checked_object_id(sha)}^1^{{commit}}")

    async def merge_base(self, a: str, b: str) -> str | None:
        """Return the best common ancestor, or None when there is none or history does not reach.

        Raises GitError when one of the two is not here.
        """
        found = await self._git(
            "merge-base", checked_object_id(a), checked_object_id(b), check=False
        )
        if found.returncode > 1:
            raise GitError(found.complaint)
        oid = found.stdout.decode("ascii", "replace").strip()
        return oid if found.returncode == 0 and is_object_id(oid) else None

    async def _commit(self, name: str) -> str | None:
        found = await self._git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", name, check=False
        )
        oid = found.stdout.decode("ascii", "replace").strip()
        return oid if is_object_id(oid) else None

    async def _why_unavailable(
        self, base: str, head: str, merge_base: bool, compared: Finished
    ) -> str:
        for sha in (base, head):
            if not await self.has_commit(sha):
                return f"commit {sha[:_SHORT]} is not here (shallow or rewritten history)"
        if merge_base and await self.merge_base(base, head) is None:
            return f"no common ancestor with {base[:_SHORT]} (shallow or unrelated history)"
        return GitError(compared.complaint).message

    async def _git(
        self,
        verb: str,
        *arguments: str,
        stdin: bytes = b"",
        check: bool = True,
        login: Login = NOBODY,
    ) -> Finished:
        command = [*self.place, verb, *arguments]
        return await run_git(command, self.timeout_seconds, stdin=stdin, check=check, login=login)


async def run_git(
    arguments: list[str],
    timeout_seconds: float,
    *,
    stdin: bytes = b"",
    check: bool = True,
    max_bytes: int = OUTPUT_MAX_BYTES,
    login: Login = NOBODY,
) -> Finished:
    """Run one git command without blocking the event loop; cancelling stops the process.

    With `check`, raises GitError when git fails.
    """
    command = GitCommand(arguments, timeout_seconds, stdin, max_bytes, login)
    loop = asyncio.get_running_loop()
    try:
        finished = await loop.run_in_executor(_THREADS, command.run)
    except asyncio.CancelledError:
        command.kill()
        raise
    if check and finished.returncode != 0:
        raise GitError(finished.complaint)
    return finished
