"""The port behind which a runner's ways of running steps stand.

An executor is found once per process and opened once per job. The session that it gives builds the
command for each step, in order; the caller runs them one at a time, reads their output and ends
their processes. A session is closed after the last step, also when the job was cancelled, and
closing it must end whatever runs outside of the runner's own process tree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deltaci.runner.launch import Launch
from deltaci.runner.workspace import Workspace


class ExecutorError(Exception):
    """The executor cannot run this job; the message says why."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a job's steps may see and change."""

    name: str
    """Unique on this machine; names what the executor creates."""
    image: str
    workspace: Workspace
    workdir: Path
    """Inside the workspace, symlinks resolved."""
    object_cache: Path
    """Git objects that the checkout reads; steps must not change them."""
    environment: Mapping[str, str]


def sandbox_name(workspace: Path) -> str:
    """Return the name of the sandbox for the job in this folder."""
    return f"delta-ci-{workspace.name}"


class Session(Protocol):
    """One job in an executor."""

    def launch(self, step: str) -> Launch:
        """Return the command that runs one step as `sh -e -c` would."""
        ...

    async def close(self) -> None:
        """End and remove everything that the session created. Never raises."""
        ...


class Executor(Protocol):
    """One way of running steps that works on this machine."""

    @property
    def name(self) -> str:
        """`process`, `bubblewrap` or `docker`; offered as `executor:<name>`."""
        ...

    @property
    def runs_images(self) -> bool:
        """Whether it takes the jobs that name an image, and only those."""
        ...

    async def open(self, sandbox: Sandbox) -> Session:
        """Prepare for the steps of one job. Raises ExecutorError."""
        ...
