"""Runs steps as plain processes of the runner's user: fast, and only for code that is trusted."""

from dataclasses import dataclass

from deltaci.runner.executors.port import Sandbox
from deltaci.runner.launch import Launch

SHELL = ("/bin/sh", "-e", "-c")


@dataclass(frozen=True, slots=True)
class ProcessSession:
    """Steps share the workspace and whatever earlier steps left running."""

    sandbox: Sandbox

    def launch(self, step: str) -> Launch:
        """Run the step in the job's folder, with the job's environment."""
        return Launch((*SHELL, step), self.sandbox.workdir, self.sandbox.environment)

    async def close(self) -> None:
        """Nothing lives outside of the runner's process tree."""


class ProcessExecutor:
    """Available everywhere."""

    name = "process"
    runs_images = False

    async def open(self, sandbox: Sandbox) -> ProcessSession:
        """Needs no preparation."""
        return ProcessSession(sandbox)
