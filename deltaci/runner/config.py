"""What one runner process is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerConfig:
    """Settings of one runner. Only `url`, `token`, `runner_id` and `work_dir` are needed."""

    url: str
    """Address of the control plane."""
    token: str = field(repr=False)
    """Bearer token with the role `runner`; jobs never see it."""
    runner_id: str
    """Stable name; must match the subject of the token."""
    work_dir: Path
    """Folder for workspaces and repository caches; one runner at a time may use it."""
    cache_dir: Path | None = None
    """Folder for job caches, which runners on one machine may share; None means in `work_dir`."""
    labels: tuple[str, ...] = ()
    """What `runs_on` of a job may ask for, besides what the runner finds out itself."""
    executors: tuple[str, ...] = ("process", "docker")
    """Allowed ways to run steps: `process`, `bubblewrap`, `docker`. A job without an image uses the
    first of `process` and `bubblewrap` in this order that works here."""
    poll_seconds: float = 20.0
    """How long one request for a job is held open by the server."""
    once: bool = False
    """Ask once, run the job if there is one, and return."""
    max_jobs: int | None = None
    """Return after this many jobs; None means no limit."""
    pass_env: tuple[str, ...] = ()
    """Names of environment variables that jobs may see; their values are masked in logs."""
    sandbox_network: bool = False
    """Whether sandboxed (`bubblewrap`) steps may use the network."""
    sandbox_paths: tuple[Path, ...] = ()
    """Folders that sandboxed steps may read besides the system's, such as toolchains."""
    fetch_depth: int = 1
    """Commits of history that a checkout has; 0 means all of it."""
    git_config_file: Path | None = None
    """Extra git configuration for fetching, such as a credential helper."""
    kill_grace_seconds: float = 5.0
    """Time between SIGTERM and SIGKILL when a job must stop."""
    hand_back_grace_seconds: float = 0.0
    """How long a job may go on after the runner was told to stop, before it is handed back."""
    log_max_bytes: int = 104_857_600
    """Largest log of one job; what follows is dropped and said so."""

    @property
    def resolved_cache_dir(self) -> Path:
        """Where job caches really are."""
        return self.cache_dir or self.work_dir / "caches"
