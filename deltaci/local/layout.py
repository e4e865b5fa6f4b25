"""Where the embedded stack keeps things in its data folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from deltaci.local.errors import StackError

OWNER_ONLY_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class DataDir:
    """The data folder of one stack; `root` is absolute."""

    root: Path

    @property
    def logs(self) -> Path:
        """One log file per part."""
        return self.root / "logs"

    @property
    def lock_file(self) -> Path:
        """Held by the running supervisor."""
        return self.root / "up.lock"

    @property
    def endpoints_file(self) -> Path:
        """Where the running stack answers; the command line reads it."""
        return self.root / "local.json"

    @property
    def temporal_database(self) -> Path:
        """Temporal's own SQLite file."""
        return self.root / "temporal.sqlite3"

    def runner_work_dir(self, name: str) -> Path:
        """The folder in which a runner of this stack checks out and runs jobs."""
        return self.root / "runners" / name

    @property
    def runner_caches(self) -> Path:
        """The job caches that all runners of this stack share."""
        return self.root / "runner-caches"


def open_data_dir(path: Path) -> DataDir:
    """Create the data folder where needed; raises StackError when it cannot be written."""
    folder = DataDir(path.expanduser().resolve())
    try:
        folder.root.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        folder.logs.mkdir(mode=OWNER_ONLY_FOLDER, exist_ok=True)
    except OSError as error:
        raise StackError(f"cannot create the data folder {path}: {error.strerror}") from error
    if not os.access(folder.logs, os.W_OK | os.X_OK) or not os.access(folder.root, os.W_OK):
        raise StackError(
            f"the data folder {path} is not writable; change its owner or use --data-dir"
        )
    return folder
