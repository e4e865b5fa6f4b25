"""Commits in memory, for planning runs without git."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.planner.model import Diff, Tree
from deltaci.testing.trees import changed, tree_of


@dataclass(frozen=True, slots=True)
class MemoryCommit:
    """A commit's files, its parent, and the paths that it changed."""

    files: Mapping[str, str]
    parent: str | None
    paths: tuple[str, ...]


class MemoryCommits:
    """Implements `deltaci.runs.ports.Commits` for one repository, and `CommitSource` by itself."""

    def __init__(self) -> None:
        self._commits: dict[str, MemoryCommit] = {}
        self._heads: dict[str, str] = {}
        self._lost: set[str] = set()
        self.reachable = True
        self.brought: dict[str, bool] = {}
        """Commits that were asked for, and whether without a proof that they are here."""
        self.compared: list[tuple[str | None, str]] = []
        """Every pair that `diff` was asked for: what the planner saw as the change."""

    def __call__(self, repo_id: str, url: str) -> "MemoryCommits":  # noqa: ARG002 - the port's signature
        """Return itself, whatever the repository."""
        return self

    def commit(
        self, files: Mapping[str, str], ref: str = "main", paths: Sequence[str] = ("main.py",)
    ) -> str:
        """Add a commit of exactly these files at the tip of `ref`, and return its id."""
        sha = hashlib.sha1(f"{len(self._commits)}".encode()).hexdigest()  # noqa: S324 - looks like git's
        self._commits[sha] = MemoryCommit(files, self._heads.get(ref), tuple(paths))
        self._heads[ref] = sha
        return sha

    def branch(self, ref: str, of: str = "main") -> str:
        """Let a new ref begin at the tip of another, and return the commit's id."""
        self._heads[ref] = self._heads[of]
        return self._heads[ref]

    def forget(self, sha: str) -> None:
        """Lose a commit, as a forge does with one that no ref leads to any more."""
        self._lost.add(sha)

    async def resolve(self, ref: str) -> str:
        """See Commits."""
        sha = self._heads.get(ref.removeprefix("refs/heads/"), ref)
        self._found(sha)
        return sha

    async def bring(self, commit_sha: str, ref: str, *, vouched: bool = False) -> None:  # noqa: ARG002 - the port's signature
        """See Commits."""
        if not self.reachable:
            raise UnavailableError("the repository cannot be reached")
        self._found(commit_sha)
        self.brought[commit_sha] = vouched

    async def first_parent(self, commit_sha: str) -> str | None:
        """See Commits."""
        return self._found(commit_sha).parent

    async def merge_base(self, one: str, other: str) -> str | None:
        """See Commits."""
        here = {sha for brought in self.brought for sha in self._history(brought)}
        if not {one, other} <= here:
            raise InvalidRequestError("a commit was not brought")
        ancestors = set(self._history(one))
        return next((sha for sha in self._history(other) if sha in ancestors), None)

    async def tree(self, commit_sha: str) -> Tree:
        """See Commits."""
        return tree_of(self._found(commit_sha).files)

    async def diff(self, base_sha: str | None, head_sha: str) -> Diff:
        """Return what the head commit itself changed, whatever the base."""
        self.compared.append((base_sha, head_sha))
        return changed(*self._found(head_sha).paths)

    def _history(self, sha: str | None) -> Iterator[str]:
        while sha is not None:
            yield sha
            sha = self._found(sha).parent

    def _found(self, sha: str) -> MemoryCommit:
        commit = self._commits.get(sha)
        if commit is None or sha in self._lost:
            raise InvalidRequestError(f"no commit {sha!r}")
        return commit


def job(*needs: str, steps: Sequence[str] = ("true",), **keys: Any) -> dict[str, Any]:
    """Declare a job for `config`; keys of its policy are given by name (`retries=1`)."""
    policy = {
        name: keys.pop(name)
        for name in ("required", "retries", "retry_on", "timeout_seconds")
        if name in keys
    }
    return {"steps": list(steps), "needs": list(needs), "policy": policy, **keys}


def config(jobs: Mapping[str, Mapping[str, Any]], **runs: Any) -> dict[str, str]:
    """Return files that declare these jobs; run policies are given by name."""
    document = {"version": 1, "jobs": jobs, "policies": {"runs": runs}}
    return {"ci.ai.yaml": json.dumps(document), "main.py": ""}
