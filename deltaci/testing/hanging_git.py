"""A `git` that hangs with a child of its own, for tests of how git is stopped."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HangingGit:
    """Begin PATH with `path` to have git commands hang; each may say something first."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, says: str = "", only: str = "") -> "HangingGit":
        """Make the program in a folder of its own; with `only`, other commands are the real one."""
        folder.mkdir()
        program = folder / "git"
        real = shutil.which("git")
        program.write_text(
            f'#!/bin/sh\ncase "$*" in *{only}*) ;; *) exec {real} "$@";; esac\n'
            f"sleep 300 &\necho $$ > {folder}/started\nprintf %s '{says}'\nwait\n"
        )
        program.chmod(0o755)
        return cls(folder)

    @property
    def path(self) -> str:
        """What PATH must be."""
        return f"{self.folder}:{os.environ['PATH']}"

    @property
    def has_started(self) -> bool:
        """Whether a command hangs, or did."""
        file = self.folder / "started"
        return file.exists() and bool(file.read_text())

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left of the process group of the last command."""
        group = int((self.folder / "started").read_text())
        with suppress(ChildProcessError):  # ours to reap if a runner under test adopts orphans
            os.waitpid(-group, os.WNOHANG)
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False
