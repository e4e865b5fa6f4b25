"""Keep mirrors from growing for ever: forget what nobody asked for lately, and pack the rest."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from deltaci.vcs.git import FULL, SHALLOW, Mirror
from deltaci.vcs.git_errors import GitError
from deltaci.vcs.git_repository import run_git

EVERY_SECONDS = 24 * 3600
PACKING_SECONDS = 3600.0
DAY_PART = 3

log = structlog.get_logger(__name__)


async def tidy_mirrors(folder: Path, keep_days: int, timeout_seconds: float) -> int:
    """Tidy the mirrors in a folder that nobody has tidied for a day; returns how many."""
    due = _due_in(folder)
    for path in due:
        mirror = Mirror(path, timeout_seconds=timeout_seconds)
        try:
            await tidy(mirror, keep_days)
        except GitError as error:
            log.warning("mirror_not_tidied", mirror=path.name, error=error.message)
    return len(due)


async def tidy(mirror: Mirror, keep_days: int) -> None:
    """Drop what keeps commits that nobody asked for in so many days, then collect garbage.

    Git itself spares objects that arrived in the last two weeks, so a fetch under way loses
    nothing. Raises GitError.
    """
    oldest = (datetime.now(UTC).date() - timedelta(days=keep_days)).isoformat()
    git = [*mirror.place]
    async with mirror.alone():
        (mirror.path / "delta-ci.tidied").touch()
        listed = await run_git(
            [*git, "for-each-ref", "--format=%(refname)", FULL, SHALLOW], mirror.timeout_seconds
        )
        names = listed.stdout.decode("ascii", "replace").split()
        old = [name for name in names if name.split("/")[DAY_PART] < oldest]
        deletions = "".join(f"delete {name}\n" for name in old).encode()
        await run_git([*git, "update-ref", "--stdin"], mirror.timeout_seconds, stdin=deletions)
        await run_git([*git, "pack-refs", "--all"], mirror.timeout_seconds)
    await run_git([*git, "gc", "--quiet"], PACKING_SECONDS)


def _due_in(folder: Path) -> list[Path]:
    """Find the mirrors for which a day has passed since the last time, or since they were made."""
    before = time.time() - EVERY_SECONDS
    return sorted(path for path in folder.glob("*.git") if _last_tidied(path) < before)


def _last_tidied(path: Path) -> float:
    stamp = path / "delta-ci.tidied"
    return (stamp if stamp.exists() else path / "HEAD").stat().st_mtime
