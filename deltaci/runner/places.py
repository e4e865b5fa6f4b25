"""The folders of one runner, claimed for one process and swept of what a killed one left."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deltaci.runner.config import RunnerConfig
from deltaci.runner.git import write_git_settings
from deltaci.runner.leftovers import sweep_leftovers


class WorkDirTakenError(Exception):
    """Another runner uses this work folder."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where one runner keeps things."""

    jobs: Path
    repositories: Path
    caches: Path
    git_settings: Path


@contextmanager
def claim_places(config: RunnerConfig) -> Iterator[Places]:
    """Hold the work folder for as long as the context lasts. Raises WorkDirTakenError."""
    work_dir = config.work_dir.resolve()
    work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    places = Places(
        jobs=work_dir / "jobs",
        repositories=work_dir / "repositories",
        caches=config.resolved_cache_dir.resolve(),
        git_settings=work_dir / "gitconfig",
    )
    with (work_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkDirTakenError(f"another runner uses {work_dir}") from error
        _prepare(places, config)
        yield places


def _prepare(places: Places, config: RunnerConfig) -> None:
    for folder in (places.jobs, places.repositories, places.caches):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep_leftovers(places.jobs)
    write_git_settings(places.git_settings, config.git_config_file)
