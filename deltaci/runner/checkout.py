"""Puts one commit into a job's workspace, from an object cache that belongs to this runner."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from deltaci.runner.launch import Launch, run_process
from deltaci.runner.origin import Origin
from deltaci.runner.output import OutputPipe
from deltaci.runner.process_tree import ProcessTree
from deltaci.runner.workspace import remove_tree
from deltaci.wire.runner import Checkout

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
NOTHING: Mapping[str, str] = MappingProxyType({})
_PACKS_MAX = 200
"""A cache with more packs is started anew: nothing else ever tidies it."""


class CheckoutError(Exception):
    """The commit could not be fetched or written; the log has what git said."""


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git for one job, its output going to the job's log."""

    environment: Mapping[str, str]
    output: OutputPipe
    tree: ProcessTree

    async def run(
        self, folder: Path, *arguments: str, environment: Mapping[str, str] = NOTHING
    ) -> int:
        """Run one git command in `folder`, with variables of its own; return its exit code."""
        launch = Launch(("git", *arguments), folder, {**self.environment, **environment})
        return await run_process(launch, self.output, self.tree)


def object_cache(caches: Path, url: str) -> Path:
    """Return where the objects of a repository are kept."""
    return caches / hashlib.sha256(url.encode()).hexdigest()[:32]


async def check_out(
    source: Checkout, origin: Origin, target: Path, *, caches: Path, depth: int, git: Git
) -> None:
    """Write the commit's files and a usable `.git` to the empty folder `target`.

    Submodules stay empty and LFS pointers stay pointers. What fails is tried once more without the
    cache, which a killed runner or a full disk may have broken. Raises CheckoutError.
    """
    if not _COMMIT.fullmatch(source.commit_sha):
        raise CheckoutError(f"{source.commit_sha!r} is not a commit id")
    cache = object_cache(caches, source.url)
    try:
        await _check_out_once(source.commit_sha, origin, target, cache, depth, git)
    except CheckoutError:
        await asyncio.to_thread(_start_over, target, cache)
        await _check_out_once(source.commit_sha, origin, target, cache, depth, git)


async def _check_out_once(
    commit_sha: str, origin: Origin, target: Path, cache: Path, depth: int, git: Git
) -> None:
    if not _kept(cache, commit_sha).is_file():
        await _fetch(commit_sha, origin, cache, depth, git)
    _link_repository(target, cache, commit_sha)
    if await git.run(target, "read-tree", "--reset", "-u", commit_sha) != 0:
        raise CheckoutError("git could not write the files of the commit")


def _start_over(target: Path, cache: Path) -> None:
    for folder in (target, cache):
        remove_tree(folder)
    target.mkdir(mode=0o700)


async def _fetch(commit_sha: str, origin: Origin, cache: Path, depth: int, git: Git) -> None:
    if _is_worn(cache):
        await asyncio.to_thread(remove_tree, cache)
    _create_bare(cache)
    kept = _kept(cache, commit_sha)
    for wanted in origin.names:
        arguments = _fetch_arguments(origin.url, f"{wanted}:{kept.relative_to(cache)}", depth)
        if await git.run(cache, *arguments, environment=origin.environment) != 0:
            continue
        if kept.read_text().strip() == commit_sha:
            return
        kept.unlink()
    raise CheckoutError("git could not fetch the commit")


def _fetch_arguments(url: str, refspec: str, depth: int) -> Sequence[str]:
    shallow = (f"--depth={depth}",) if depth else ()
    flags = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--force")
    return ("fetch", *flags, *shallow, "--", url, refspec)


def _create_bare(cache: Path) -> None:
    """Make an empty bare repository, which is cheaper by hand than by `git init`."""
    for folder in ("objects", "refs/kept"):
        (cache / folder).mkdir(parents=True, exist_ok=True)
    (cache / "HEAD").write_text("ref: refs/heads/none\n")
    (cache / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")


def _kept(cache: Path, commit_sha: str) -> Path:
    return cache / "refs" / "kept" / commit_sha


def _is_worn(cache: Path) -> bool:
    return sum(1 for _ in (cache / "objects" / "pack").glob("*.pack")) > _PACKS_MAX


def _link_repository(target: Path, cache: Path, commit_sha: str) -> None:
    """Make `target` a repository at the commit that reads its objects from the cache."""
    folder = target / ".git"
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "HEAD").write_text(f"{commit_sha}\n")
    (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")
    (folder / "objects" / "info" / "alternates").write_text(f"{cache / 'objects'}\n")
    if (cache / "shallow").is_file():
        (folder / "shallow").write_bytes((cache / "shallow").read_bytes())
