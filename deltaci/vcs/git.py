"""The bare mirror of a registered repository: fetched once per commit, read many times."""

import shutil
import tempfile
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

from deltaci.vcs.git_errors import GitError
from deltaci.vcs.git_lock import exclusive
from deltaci.vcs.git_names import (
    checked_address,
    checked_object_id,
    checked_ref,
    is_object_id,
    local_path,
    ref_candidates,
)
from deltaci.vcs.git_repository import Repository, run_git

__all__ = ["GitError", "Mirror"]

FULL = "refs/delta-ci/commits/"
SHALLOW = "refs/delta-ci/shallow/"
"""Refs that keep commits with or without their history, each followed by `<day>/<commit>`."""

_REMOTE_REFS_MAX_BYTES = 1024 * 1024


class Mirror(Repository):
    """A bare mirror in a folder of ours. Safe for concurrent callers and for several processes.

    Every fetched commit is kept alive by a ref under `refs/delta-ci/` that names the last day on
    which it was asked for; nothing is ever checked out.
    """

    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        super().__init__(path, timeout_seconds=timeout_seconds)
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
        which is returned as it is and proves itself when it is fetched. Raises GitError.
        """
        folder = local_path(checked_address(url))
        if folder is not None:
            return await Repository(folder, timeout_seconds=self.timeout_seconds).resolve_local(ref)
        if is_object_id(ref):
            return ref
        return await self._resolve_remote(url, ref)

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
        attempts = [(f"+{sha}:{keep}",), ("--prune", "+refs/heads/*:refs/delta-ci/heads/*")]
        if ref is not None and not is_object_id(ref):
            attempts.insert(1, (f"+{checked_ref(ref)}:refs/delta-ci/fetched",))
        complaint = ""
        for *options, refspec in attempts:
            try:
                await self._git(*_FETCH, *self._depth(history), *options, "--", url, refspec)
            except GitError as error:
                complaint = complaint or error.message
                continue
            if await self.has_commit(sha):
                await self._git("update-ref", keep, sha)
                return
        raise GitError(f"commit {sha} cannot be fetched: {complaint or 'the repository lacks it'}")

    def _depth(self, history: bool) -> list[str]:
        if not history:
            return ["--depth=1"]
        return ["--unshallow"] if (self.path / "shallow").exists() else []

    async def _resolve_remote(self, url: str, ref: str) -> str:
        names = ref_candidates(ref)
        patterns = [pattern for name in names for pattern in (name, f"{name}^{{}}")]
        listed = await run_git(
            ["ls-remote", "--quiet", "--", url, *patterns],
            self.timeout_seconds,
            max_bytes=_REMOTE_REFS_MAX_BYTES,
        )
        found = {}
        for line in listed.stdout.decode("utf-8", "replace").splitlines():
            oid, _, name = line.partition("\t")
            found[name] = oid
        for pattern in (p for name in names for p in (f"{name}^{{}}", name)):
            if is_object_id(found.get(pattern, "")):
                return found[pattern]
        raise GitError(f"{ref!r} names no commit at this address")


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
