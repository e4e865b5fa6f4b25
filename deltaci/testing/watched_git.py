"""A `git` in front of the real one that notes what each command could be seen to be told."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WatchedGit:
    """Begin PATH with `path` to have every command noted, with its arguments and environment."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "WatchedGit":
        """Make the program in a folder of its own. Raises FileNotFoundError without a git."""
        real = shutil.which("git")
        if real is None:
            raise FileNotFoundError("there is no git")
        watched = cls(folder)
        folder.mkdir()
        program = folder / "git"
        program.write_text(
            f'#!/bin/sh\n{{ echo "arguments: $*"; env; }} >> {watched._notes}\nexec {real} "$@"\n'
        )
        program.chmod(0o755)
        return watched

    @property
    def path(self) -> str:
        """What PATH must be."""
        return f"{self.folder}:{os.environ['PATH']}"

    @property
    def commands(self) -> list[str]:
        """The arguments of each command."""
        return [line for line in self._lines if line.startswith("arguments: ")]

    @property
    def variables(self) -> list[str]:
        """The environments of all commands, `NAME=value` each."""
        return [line for line in self._lines if not line.startswith("arguments: ")]

    @property
    def _notes(self) -> Path:
        return self.folder / "notes"

    @property
    def _lines(self) -> list[str]:
        return self._notes.read_text().splitlines() if self._notes.exists() else []
