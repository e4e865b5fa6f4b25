"""The private folders of one job, and paths that must stay inside them."""

import contextlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path


class EscapeError(Exception):
    """A path given by the repository leaves the folder that it must stay in."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that one job may write: its checkout, its home and its temporary folder."""

    root: Path

    @property
    def checkout(self) -> Path:
        """The working copy."""
        return self.root / "workspace"

    @property
    def home(self) -> Path:
        """What `~` means to the job."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """The job's TMPDIR."""
        return self.root / "tmp"

    @property
    def log(self) -> Path:
        """Where the log waits until the server has it."""
        return self.root / "log"


def create_workspace(jobs_dir: Path) -> Workspace:
    """Make fresh, private folders for one job."""
    jobs_dir.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(Path(tempfile.mkdtemp(dir=jobs_dir)).resolve())
    for folder in (workspace.checkout, workspace.home, workspace.temporary):
        folder.mkdir(mode=0o700)
    return workspace


def resolve_inside(base: Path, relative: str) -> Path:
    """Resolve `relative` with its symlinks; raises EscapeError when it ends outside `base`."""
    base = base.resolve()
    try:
        path = (base / relative).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise EscapeError(f"{relative!r} cannot be resolved") from error
    if not path.is_relative_to(base):
        raise EscapeError(f"{relative!r} leaves the workspace")
    return path


def remove_tree(folder: Path) -> None:
    """Delete a folder whatever modes a job left in it; what cannot be deleted stays behind."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        _make_deletable(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _make_deletable(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.chmod(stat.S_IRWXU)
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                _make_deletable(Path(entry.path))
