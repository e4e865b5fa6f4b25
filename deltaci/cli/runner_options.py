"""Options of `delta-ci runner start`: who it is, where it keeps things, how it works and stops.

Each is an environment variable too, `DELTA_CI_RUNNER_…`, for units and containers.
"""

from pathlib import Path
from typing import Annotated

import typer

PLACES = "Folders and checkouts"
STEPS = "How steps run"
PATIENCE = "Stopping"
DEFAULT_WORK_DIR = Path(".delta-ci-runner")

Name = Annotated[
    str,
    typer.Option(
        envvar="DELTA_CI_RUNNER_NAME",
        help="Must be the token's subject. Default: that, or else this machine's name.",
    ),
]
Labels = Annotated[
    str,
    typer.Option(
        envvar="DELTA_CI_RUNNER_LABELS",
        help="Comma-separated labels that jobs may ask for with `runs_on`.",
    ),
]
WorkDir = Annotated[
    Path,
    typer.Option(
        envvar="DELTA_CI_RUNNER_WORK_DIR",
        help="Folder for checkouts and fetched objects; one runner may use it.",
        rich_help_panel=PLACES,
    ),
]
CacheDir = Annotated[
    Path | None,
    typer.Option(
        envvar="DELTA_CI_RUNNER_CACHE_DIR",
        help="Folder for job caches; runners of one machine and user may share it. "
        "Default: in the work folder.",
        rich_help_panel=PLACES,
    ),
]
FetchDepth = Annotated[
    int,
    typer.Option(
        envvar="DELTA_CI_RUNNER_FETCH_DEPTH",
        min=0,
        help="Commits of history in a checkout; 0 means all.",
        rich_help_panel=PLACES,
    ),
]
GitConfigFile = Annotated[
    Path | None,
    typer.Option(
        envvar="DELTA_CI_RUNNER_GIT_CONFIG_FILE",
        help="Git configuration for fetching, such as a credential helper; jobs never see it.",
        exists=True,
        dir_okay=False,
        rich_help_panel=PLACES,
    ),
]
Executors = Annotated[
    str,
    typer.Option(
        envvar="DELTA_CI_RUNNER_EXECUTORS",
        help="Comma-separated ways to run steps that are allowed, preferred first: "
        "process, bubblewrap, docker.",
        rich_help_panel=STEPS,
    ),
]
PassEnv = Annotated[
    str,
    typer.Option(
        envvar="DELTA_CI_RUNNER_PASS_ENV",
        help="Comma-separated names of variables that jobs may see; their values are masked.",
        rich_help_panel=STEPS,
    ),
]
SandboxNetwork = Annotated[
    bool,
    typer.Option(
        "--sandbox-network",
        envvar="DELTA_CI_RUNNER_SANDBOX_NETWORK",
        help="Let sandboxed (bubblewrap) steps use the network.",
        rich_help_panel=STEPS,
    ),
]
SandboxPaths = Annotated[
    str,
    typer.Option(
        envvar="DELTA_CI_RUNNER_SANDBOX_PATHS",
        help="Comma-separated folders that sandboxed steps may read, such as toolchains.",
        rich_help_panel=STEPS,
    ),
]
LogMax = Annotated[
    int,
    typer.Option(
        envvar="DELTA_CI_RUNNER_LOG_MAX_BYTES",
        min=1,
        help="Largest log of a job; what follows is dropped and said so.",
        rich_help_panel=STEPS,
    ),
]
KillGrace = Annotated[
    float,
    typer.Option(
        envvar="DELTA_CI_RUNNER_KILL_GRACE_SECONDS",
        min=0,
        help="Seconds between SIGTERM and SIGKILL when a job must stop.",
        rich_help_panel=PATIENCE,
    ),
]
HandBackGrace = Annotated[
    float,
    typer.Option(
        envvar="DELTA_CI_RUNNER_HAND_BACK_GRACE_SECONDS",
        min=0,
        help="Seconds that a job may go on once the runner is told to stop.",
        rich_help_panel=PATIENCE,
    ),
]


def listed(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list."""
    return tuple(item for item in map(str.strip, text.split(",")) if item)
