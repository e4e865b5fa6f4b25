"""The commits of registered repositories, each read from a bare mirror in one folder."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.planner.model import Diff, Tree
from deltaci.vcs.git import GitError, Mirror
from deltaci.vcs.git_errors import GitTimeoutError
from deltaci.vcs.git_names import local_path


class MirroredCommits:
    """Implements the `Commits` port over one mirror."""

    def __init__(self, mirror: Mirror, url: str) -> None:
        self._mirror = mirror
        self._url = url

    async def resolve(self, ref: str) -> str:
        """See Commits."""
        async with _refusing():
            return await self._mirror.resolve(self._url, ref)

    async def bring(self, commit_sha: str, ref: str) -> None:
        """See Commits."""
        async with _refusing(worth_another_try=local_path(self._url) is None):
            await self._mirror.ensure(self._url)
            await self._mirror.fetch(self._url, commit_sha, ref=ref)

    async def first_parent(self, commit_sha: str) -> str | None:
        """See Commits."""
        async with _refusing():
            return await self._mirror.first_parent(commit_sha)

    async def tree(self, commit_sha: str) -> Tree:
        """See Commits."""
        async with _refusing():
            return await self._mirror.tree(commit_sha)

    async def diff(self, base_sha: str | None, head_sha: str) -> Diff:
        """See Commits."""
        async with _refusing():
            return await self._mirror.diff(base_sha, head_sha)


class MirrorSource:
    """Implements the `CommitSource` port: one mirror per repository and address."""

    def __init__(self, folder: Path, timeout_seconds: int) -> None:
        self._folder = folder
        self._timeout_seconds = timeout_seconds

    def __call__(self, repo_id: str, url: str) -> MirroredCommits:
        """See CommitSource."""
        name = hashlib.sha256(f"{repo_id}\0{url}".encode()).hexdigest()[:32]
        path = self._folder / f"{name}.git"
        return MirroredCommits(Mirror(path, timeout_seconds=self._timeout_seconds), url)


@asynccontextmanager
async def _refusing(*, worth_another_try: bool = False) -> AsyncIterator[None]:
    """Say what went wrong in our terms; over a network most of it may pass."""
    try:
        yield
    except GitError as error:
        if worth_another_try or isinstance(error, GitTimeoutError):
            raise UnavailableError(error.message) from error
        raise InvalidRequestError(error.message) from error
