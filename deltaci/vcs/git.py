"""The bare mirror of a registered repository: fetched once per commit, read many times."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

from deltaci.vcs.git_errors import GitError, GitTimeoutError, UnprovenError
from deltaci.vcs.git_lock import exclusive
from deltaci.vcs.git_login import LoginFor, as_nobody
from deltaci.vcs.git_names import (
    checked_address,
    checked_object_id,
    checked_ref,
    is_object_id,
    local_path,
    ref_candidates,
)
from deltaci.vcs.git_remote import remote_commit
from deltaci.vcs.git_repository import Repository, run_git

__all__ = ["GitError", "Mirror"]

FULL = "refs/delta-ci/commits/"
SHALLOW = "refs/delta-ci/shallow/"
"""Refs that keep commits with or without their history, each followed by `<day>/<commit>`."""

SEEN = "refs/delta-ci/"
"""Begins the names under which we have a server's `heads/` and `tags/` as we saw them last."""
EVERY_REF = (f"+refs/heads/*:{SEEN}heads/*", f"+refs/tags/*:{SEEN}tags/*")


class Mirror(Repository):
    """A bare mirror in a folder of ours. Safe for concurrent callers and for several processes.

    Every fetched commit is kept alive by a ref under `refs/delta-ci/` that names the last day on
    which it was asked for; nothing is ever checked out.
    """

    def __init__(self, path: Path, *, timeout_seconds: float, login: LoginFor = as_nobody) -> None:
        super().__init__(path, timeout_seconds=timeout_seconds)
        self._login = login
        # Never looks further up: a broken mirror must not turn into the repository around it.
        self.place = ("--git-dir", str(path))

    async def ensure(self, url: str) -> None:
        """Create the mirror unless it exists. The address is checked, and not stored."""
        checked_address(url)
        if not _is_repository(self.path):
            fresh = _sibling_folder(self.path)
            await run_git(["init", "--quiet", "--bare", str(fresh)], self.timeout_seconds)
            _put_in_place(fresh, self.path)

    async def resolve(self, url: str, ref: str) -> str:
        """Return the commit that `ref` names at `url` now: branch, tag (peeled), full ref or id.

        A local path is read directly; a remote is asked over the network, except for a full id,
        which is returned as it is: `prove` says whether it is the repository's. Raises GitError.
        """
        folder = local_path(checked_address(url))
        if folder is not None:
            return await Repository(folder, timeout_seconds=self.timeout_seconds).resolve_local(ref)
        if is_object_id(ref):
            return ref
        return await remote_commit(url, ref, self.timeout_seconds, await self._login(url))

    async def fetch(
        self, url: str, sha: str, *, ref: str | None = None, history: bool = True
    ) -> None:
        """Make the commit present here; no network and no lock when it already is.

        `ref` is where the commit can be found when the server refuses to serve ids. Without
        `history` only the commit itself is asked for. Raises GitError when it cannot be had.
        """
        checked_address(url)
        if await self._is_kept(checked_object_id(sha), history):
            return
        async with self.alone():
            if not await self._is_kept(sha, history):
                await self._fetch(url, sha, ref, history)

    async def prove(self, url: str, sha: str, ref: str) -> None:
        """Make sure that a branch or tag at `url` has the commit in its history; bring it along.

        One that had it when we last looked will do. `ref` is looked at first if it is a branch or
        tag. Raises UnprovenError when none has it, and GitError when the server cannot be asked.
        """
        checked_address(url)
        if not await self._is_seen(checked_object_id(sha)):
            async with self.alone():
                await self._look_for(url, sha, ref)
        if not await self._is_kept(sha, history=True):
            await self._git("update-ref", _keep(sha, history=True, day=_today()), sha)

    async def kept_ref(self, sha: str) -> str:
        """Return the newest ref that keeps the commit with its history. Raises GitError."""
        newest = ["--sort=-refname", "--count=1", "--format=%(refname)"]
        kept = _keep(checked_object_id(sha), history=True, day="*")
        listed = await self._git("for-each-ref", *newest, kept)
        if not listed.stdout:
            raise GitError(f"commit {sha} is not kept here")
        return listed.stdout.decode("ascii").strip()

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Keep other callers and processes from fetching meanwhile. Raises GitTimeoutError."""
        return exclusive(self.path / "delta-ci.lock", timeout_seconds=self.timeout_seconds)

    async def _is_kept(self, sha: str, history: bool) -> bool:
        kept = [_keep(sha, history=each, day="*") for each in {True, history}]
        listed = await self._git("for-each-ref", "--format=%(refname)", *kept)
        names = listed.stdout.decode("ascii", "replace").split()
        full = any(name.startswith(FULL) for name in names)
        if names and (today := _keep(sha, history=full, day=_today())) not in names:
            await self._git("update-ref", today, sha)
        return bool(names)

    async def _fetch(self, url: str, sha: str, ref: str | None, history: bool) -> None:
        keep = _keep(sha, history=history, day=_today())
        attempts: list[tuple[str, ...]] = [(f"+{sha}:{keep}",), EVERY_REF]
        if ref is not None and not is_object_id(ref):
            attempts.insert(1, (f"+{checked_ref(ref)}:{SEEN}fetched",))
        complaint = ""
        for refspecs in attempts:
            try:
                await self._pull(url, refspecs, history=history)
            except GitError as error:
                complaint = complaint or error.message
                continue
            if await self.has_commit(sha):
                await self._git("update-ref", keep, sha)
                return
        raise GitError(f"commit {sha} cannot be fetched: {complaint or 'the repository lacks it'}")

    async def _look_for(self, url: str, sha: str, ref: str) -> None:
        for name in () if is_object_id(ref) else _branch_or_tag(ref):
            try:
                await self._pull(url, (f"+{name}:{SEEN}{name.removeprefix('refs/')}",))
            except GitTimeoutError:
                raise
            except GitError:
                continue
            if await self._is_seen(sha):
                return
        await self._pull(url, EVERY_REF)
        if not await self._is_seen(sha):
            raise UnprovenError(f"no branch or tag of the repository contains commit {sha}")

    async def _is_seen(self, sha: str) -> bool:
        """Whether the commit is in the history of the branches and tags as we saw them last."""
        globs = [f"--glob={SEEN}heads", f"--glob={SEEN}tags"]
        outside = await self._git("rev-list", "--max-count=1", sha, "--not", *globs, check=False)
        return outside.returncode == 0 and not outside.stdout

    async def _pull(self, url: str, refspecs: Sequence[str], *, history: bool = True) -> None:
        options = [*self._depth(history), *(["--prune"] if refspecs is EVERY_REF else [])]
        await self._git(*_FETCH, *options, "--", url, *refspecs, login=await self._login(url))

    def _depth(self, history: bool) -> list[str]:
        if not history:
            return ["--depth=1"]
        return ["--unshallow"] if (self.path / "shallow").exists() else []


_FETCH = (
    "fetch",
    "--quiet",
    "--force",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
    "--update-shallow",
)


def _keep(sha: str, *, history: bool, day: str) -> str:
    return f"{FULL if history else SHALLOW}{day}/{sha}"


def _branch_or_tag(ref: str) -> Sequence[str]:
    """Return the full names of the branch or tag that `ref` may stand for."""
    return [name for name in ref_candidates(ref) if name.startswith(("refs/heads/", "refs/tags/"))]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _is_repository(path: Path) -> bool:
    return (path / "HEAD").is_file()


def _sibling_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))


def _put_in_place(fresh: Path, path: Path) -> None:
    """Rename in one step, so that no other process ever sees half a mirror."""
    try:
        fresh.rename(path)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not _is_repository(path):
            raise
