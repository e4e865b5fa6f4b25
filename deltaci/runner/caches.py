"""Folders that survive between jobs: one entry per repository, job, type, key and paths.

Entries are written beside their place and renamed into it, and locked while they are copied, so
that several runners on one machine may share the folder. A cache that fails costs time, not a job.
"""

import asyncio
import fcntl
import hashlib
import json
import math
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from deltaci.planner.model import CacheSpec
from deltaci.runner.job_log import JobLog
from deltaci.runner.launch import Launch, run_process
from deltaci.runner.output import OutputPipe
from deltaci.runner.process_tree import ProcessTree
from deltaci.runner.workspace import EscapeError, Workspace, remove_tree, resolve_inside
from deltaci.wire.runner import CacheReport, LeaseGranted

_ENTRIES_MAX = 50
"""Entries kept per repository; the least recently used go first."""
_UNFINISHED = "new-"
"""Begins the names of entries that are being written."""
_ABANDONED_SECONDS = 86_400
"""No entry takes a day to write."""
_CHANGES_EACH_RUN = "build"
"""The one cache type that is saved again although its key was found."""


class CacheError(Exception):
    """One cache could not be restored or saved; the message says why."""


@dataclass(slots=True)
class JobCaches:
    """The caches of one job. `reports` says what happened to each, once restored."""

    root: Path
    repo_id: str
    job_name: str
    specs: Sequence[CacheSpec]
    fork: bool
    workspace: Workspace
    log: JobLog
    tree: ProcessTree
    reports: list[CacheReport] = field(default_factory=list)

    @classmethod
    def of(
        cls, lease: LeaseGranted, root: Path, workspace: Workspace, log: JobLog, tree: ProcessTree
    ) -> Self:
        """Return the caches that the leased job asks for."""
        source, spec = lease.checkout, lease.job_spec
        return cls(root, source.repo_id, spec.name, spec.caches, source.fork, workspace, log, tree)

    async def restore(self, output: OutputPipe) -> None:
        """Copy what is there into the workspace and the job's home."""
        for spec in self.specs:
            hit = False
            try:
                hit = await self._restore_one(spec, output)
            except (CacheError, EscapeError, OSError) as error:
                self.log.note(f"cache {spec.type} {spec.key}: not restored: {error}")
            else:
                self.log.note(f"cache {spec.type} {spec.key}: {'hit' if hit else 'miss'}")
            read_only = self._is_read_only(spec)
            self.reports.append(
                CacheReport(type=spec.type, key=spec.key, hit=hit, read_only=read_only)
            )

    async def save(self, output: OutputPipe) -> None:
        """Keep what a successful job left, unless it may not write or nothing is new."""
        for spec, report in zip(self.specs, self.reports, strict=False):
            if report.read_only or (report.hit and spec.type != _CHANGES_EACH_RUN):
                continue
            try:
                await self._save_one(spec, output)
            except (CacheError, EscapeError, OSError) as error:
                self.log.note(f"cache {spec.type} {spec.key}: not saved: {error}")
            else:
                self.log.note(f"cache {spec.type} {spec.key}: saved")

    def _is_read_only(self, spec: CacheSpec) -> bool:
        return spec.read_only or self.fork

    async def _restore_one(self, spec: CacheSpec, output: OutputPipe) -> bool:
        entry = self._entry(spec)
        if not entry.is_dir():
            return False
        with _locked(entry, fcntl.LOCK_SH):
            os.utime(entry)
            for index, path in enumerate(spec.paths):
                kept = entry / str(index)
                if kept.exists():
                    await self._copy(kept, self._absent_target(path), output)
        return True

    async def _save_one(self, spec: CacheSpec, output: OutputPipe) -> None:
        entry = self._entry(spec)
        entry.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = Path(tempfile.mkdtemp(dir=self.root, prefix=_UNFINISHED))
        try:
            for index, path in enumerate(spec.paths):
                source = self._resolve(path)
                if source.exists():
                    await self._copy(source, fresh / str(index), output)
            _put_in_place(fresh, entry)
        finally:
            await asyncio.to_thread(remove_tree, fresh)
        await asyncio.to_thread(_evict, entry.parent)
        await asyncio.to_thread(_remove_abandoned, self.root)

    def _entry(self, spec: CacheSpec) -> Path:
        identity = [self.job_name, spec.type, spec.key, *spec.paths]
        return self.root / _digest(self.repo_id) / _digest(json.dumps(identity))

    def _resolve(self, path: str) -> Path:
        if path == "~" or path.startswith("~/"):
            return resolve_inside(self.workspace.home, path.removeprefix("~").lstrip("/") or ".")
        return resolve_inside(self.workspace.checkout, path)

    def _absent_target(self, path: str) -> Path:
        """Only absent folders are restored: a repository's own symlinks must not be followed."""
        target = self._resolve(path)
        if target.is_dir() and not any(target.iterdir()):
            target.rmdir()
        if target.exists():
            raise CacheError(f"{path} already exists")
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    async def _copy(self, source: Path, target: Path, output: OutputPipe) -> None:
        environment: Mapping[str, str] = {"PATH": os.environ.get("PATH", os.defpath)}
        arguments = ("cp", "-a", "--", str(source), str(target))
        code = await run_process(Launch(arguments, self.root, environment), output, self.tree)
        if code != 0:
            raise CacheError(f"copying ended with exit status {code}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@contextmanager
def _locked(entry: Path, mode: int) -> Iterator[None]:
    """Hold an entry's lock; busy means that another runner copies it now, so do without."""
    with entry.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, mode | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CacheError("another runner is using it") from error
        yield


def _put_in_place(fresh: Path, entry: Path) -> None:
    with _locked(entry, fcntl.LOCK_EX):
        content = fresh.rename(fresh.with_name(f"{fresh.name}-content"))
        if entry.exists():
            entry.rename(fresh)
        content.rename(entry)


def _evict(repository: Path) -> None:
    entries = sorted((entry for entry in repository.iterdir() if entry.is_dir()), key=_used_at)
    for entry in entries[:-_ENTRIES_MAX]:
        try:
            with _locked(entry, fcntl.LOCK_EX):
                remove_tree(entry)
        except CacheError:
            continue


def _used_at(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # another runner is replacing it: it is in use
        return math.inf


def _remove_abandoned(root: Path) -> None:
    """Remove what runners that were killed while saving left half-written."""
    for fresh in root.glob(f"{_UNFINISHED}*"):
        if _used_at(fresh) < time.time() - _ABANDONED_SECONDS:
            remove_tree(fresh)
