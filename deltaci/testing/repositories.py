"""Real Git repositories for tests, whose commit ids are the same on every machine."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

FIRST_COMMIT_AT = datetime(2026, 1, 1, tzinfo=UTC)
BETWEEN_COMMITS = timedelta(minutes=1)
IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Example",
    "GIT_AUTHOR_EMAIL": "ada@example.test",
    "GIT_COMMITTER_NAME": "Ada Example",
    "GIT_COMMITTER_EMAIL": "ada@example.test",
}

Content = str | bytes | None
"""What a file shall hold; None deletes it."""


@dataclass
class GitRepository:
    """A working copy at `path`. Dates advance by one minute per commit, whatever the clock says."""

    path: Path
    _commits: int = field(default=0, init=False)

    @classmethod
    def create(cls, path: Path, files: Mapping[str, Content] | None = None) -> "GitRepository":
        """Make an empty repository with the branch `main`; with `files`, also its first commit."""
        path.mkdir(parents=True)
        repository = cls(path)
        repository.git("init", "--quiet", "--initial-branch=main")
        if files:
            repository.commit(files, message="first commit")
        return repository

    def write(self, files: Mapping[str, Content]) -> None:
        """Write or delete files in the working copy; paths are relative to it."""
        for name, content in files.items():
            file = self.path / name
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, Content] | None = None, message: str = "change") -> str:
        """Write `files`, commit everything, empty commits included, and return the commit id."""
        self.write(files or {})
        self._commits += 1
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.head

    def branch(self, name: str) -> None:
        """Create the branch `name` here and switch to it."""
        self.git("switch", "--quiet", "--create", name)

    def switch(self, name: str) -> None:
        """Switch to the existing branch `name`."""
        self.git("switch", "--quiet", name)

    def merge(self, name: str) -> str:
        """Merge the branch `name` with a merge commit and return its id."""
        self._commits += 1
        self.git("merge", "--quiet", "--no-ff", "--no-edit", name)
        return self.head

    @property
    def head(self) -> str:
        """The commit id that is checked out."""
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        """Run git here and return what it prints, stripped. Raises CalledProcessError."""
        result = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.strip()

    def _environment(self) -> dict[str, str]:
        date = (FIRST_COMMIT_AT + self._commits * BETWEEN_COMMITS).isoformat()
        return {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_DATE": date,
            **IDENTITY,
        }


class MakeRepository(Protocol):
    """What the `git_repo` fixture is: `git_repo({"README": "text"})`."""

    def __call__(self, files: Mapping[str, Content] | None = None, name: str = "") -> GitRepository:
        """Create a repository in a folder of its own."""
