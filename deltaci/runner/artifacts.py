"""Finds the files that a job asked to keep, never outside of its workspace."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from deltaci.runner.workspace import EscapeError, resolve_inside

FILES_MAX = 1000
"""Most files that one pattern may keep."""
_WILDCARDS = frozenset("*?[")


@dataclass(slots=True)
class Found:
    """What one pattern matched: (name in the workspace, file to read), and what was left out."""

    files: list[tuple[str, Path]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def find_artifacts(workspace: Path, pattern: str) -> Found:
    """Match `pattern` (`*`, `**`, `?`, `[…]`, or a folder) against the files of the workspace.

    Folders behind symlinks are not entered. A symlink to a file inside the workspace counts as that
    file; one that leads outside is refused, like anything that is not a regular file.
    """
    found = Found()
    parts = PurePosixPath(pattern).parts
    if pattern.startswith("/") or ".." in parts or not parts:
        found.refused.append(f"{pattern!r} is not a path inside the workspace")
        return found
    # Most jobs keep nothing, and an idle runner should be small.
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    spec = GitIgnoreSpec.from_lines([f"/{PurePosixPath(pattern)}"])
    start = _literal_beginning(parts)
    for name in sorted(_files_below(workspace, start, found)):
        if not spec.match_file(name):
            continue
        if len(found.files) >= FILES_MAX:
            found.refused.append(f"{pattern}: only the first {FILES_MAX} files are kept")
            break
        _take(workspace, name, found)
    return found


def _literal_beginning(parts: tuple[str, ...]) -> str:
    literal: list[str] = []
    for part in parts:
        if _WILDCARDS & set(part):
            break
        literal.append(part)
    return "/".join(literal)


def _files_below(workspace: Path, start: str, found: Found) -> Iterator[str]:
    try:
        beginning = resolve_inside(workspace, start or ".")
    except EscapeError as error:
        found.refused.append(str(error))
        return
    if beginning.is_file():
        yield start
        return
    for folder, folders, files in os.walk(workspace / start):
        if Path(folder) == workspace and ".git" in folders:
            folders.remove(".git")
        relative = Path(folder).relative_to(workspace)
        yield from ((relative / name).as_posix() for name in files)


def _take(workspace: Path, name: str, found: Found) -> None:
    try:
        file = resolve_inside(workspace, name)
        mode = file.stat().st_mode
    except EscapeError as error:
        found.refused.append(str(error))
    except OSError as error:
        found.refused.append(f"{name!r}: {error.strerror}")
    else:
        if stat.S_ISREG(mode):
            found.files.append((name, file))
        else:
            found.refused.append(f"{name!r} is not a regular file")
