"""Puts one commit into a job's workspace, from an object cache that belongs to this runner."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from deltaci.runner.launch import Launch, run_process
from deltaci.runner.output import OutputPipe
from deltaci.runner.process_tree import ProcessTree
from deltaci.runner.workspace import remove_tree
from deltaci.wire.runner import Checkout

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
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

    async def run(self, folder: Path, *arguments: str) -> int:
        """Run one git command in `folder` and return its exit code."""
        launch = Launch(("git", *arguments), folder, self.environment)
        return await run_process(launch, self.output, self.tree)


def object_cache(caches: Path, url: str) -> Path:
    """Return where the objects of a repository are kept."""
    return caches / hashlib.sha256(url.encode()).hexdigest()[:32]


async def check_out(source: Checkout, target: Path, *, caches: Path, depth: int, git: Git) -> None:
    """Write the commit's files and a usable `.git` to the empty folder `target`.

    Submodules stay empty and LFS pointers stay pointers. What fails is tried once more without the
    cache, which a killed runner or a full disk may have broken. Raises CheckoutError.
    """
    if not _COMMIT.fullmatch(source.commit_sha):
        raise CheckoutError(f"{source.commit_sha!r} is not a commit id")
    cache = object_cache(caches, source.url)
    try:
        await _check_out_once(source, target, cache, depth, git)
    except CheckoutError:
        await asyncio.to_thread(_start_over, target, cache)
        await _check_out_once(source, target, cache, depth, git)


async def _check_out_once(
    source: Checkout, target: Path, cache: Path, depth: int, git: Git
) -> None:
    if not _kept(cache, source.commit_sha).is_file():
        await _fetch(source, cache, depth, git)
    _link_repository(target, cache, source.commit_sha)
    if await git.run(target, "read-tree", "--reset", "-u", source.commit_sha) != 0:
        raise CheckoutError("git could not write the files of the commit")


def _start_over(target: Path, cache: Path) -> None:
    for folder in (target, cache):
        remove_tree(folder)
    target.mkdir(mode=0o700)


async def _fetch(source: Checkout, cache: Path, depth: int, git: Git) -> None:
    """Fetch the commit by its id or, from servers that refuse that, by its ref."""
    if _is_worn(cache):
        await asyncio.to_thread(remove_tree, cache)
    _create_bare(cache)
    kept = _kept(cache, source.commit_sha)
    for wanted in (source.commit_sha, source.ref):
        refspec = f"{wanted}:{kept.relative_to(cache)}"
        if await git.run(cache, *_fetch_arguments(source.url, refspec, depth)) != 0:
            continue
        if kept.read_text().strip() == source.commit_sha:
            return
        kept.unlink()
    raise CheckoutError("git could not fetch the commit")


def _fetch_arguments(url: str, refspec: str, depth: int) -> Sequence[str]:
    shallow = (f"--depth={depth}",) if depth else ()
    flags = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--force")
    return ("fetch", *flags, *shallow, "--", _fetch_url(url), refspec)


def _fetch_url(url: str) -> str:
    # Git ignores --depth for a bare path, but not for the same path as a URL.
    return f"file://{quote(url)}" if url.startswith("/") else url


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
