"""Finds the executors that work here, says what the runner offers, and picks one for a job."""

import platform
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from deltaci.runner.config import RunnerConfig
from deltaci.runner.executors.bubblewrap import find_bubblewrap
from deltaci.runner.executors.docker import find_docker
from deltaci.runner.executors.port import Executor, ExecutorError
from deltaci.runner.executors.process import ProcessExecutor


class UnknownExecutorError(Exception):
    """No executor has this name."""


class NoExecutorError(Exception):
    """None of the allowed executors works on this machine."""


@dataclass(frozen=True, slots=True)
class Executors:
    """The executors that work, most preferred first."""

    found: Sequence[Executor]

    def capabilities(self, labels: Sequence[str]) -> list[str]:
        """Return what to offer when asking for a job."""
        offered = [f"os:{platform.system().lower()}", f"arch:{platform.machine()}"]
        offered += [f"executor:{executor.name}" for executor in self.found]
        if any(executor.runs_images for executor in self.found):
            offered.append("image")
        return list(dict.fromkeys([*labels, *offered]))

    def pick(self, image: str) -> Executor:
        """Return the executor for a job. Raises ExecutorError when there is none."""
        for executor in self.found:
            if executor.runs_images == bool(image):
                return executor
        raise ExecutorError(
            "this runner cannot run container images"
            if image
            else "this runner only runs jobs that name a container image"
        )


async def find_executors(config: RunnerConfig) -> Executors:
    """Try the allowed executors. Raises NoExecutorError, UnknownExecutorError."""
    finders: Mapping[str, Callable[[], Awaitable[Executor | None]]] = {
        "process": _process,
        "bubblewrap": lambda: find_bubblewrap(
            network=config.sandbox_network, paths=config.sandbox_paths
        ),
        "docker": find_docker,
    }
    unknown = set(config.executors) - set(finders)
    if unknown:
        raise UnknownExecutorError(
            f"unknown executor {min(unknown)!r}; known: {', '.join(finders)}"
        )
    found = [executor for name in config.executors if (executor := await finders[name]())]
    if not found:
        raise NoExecutorError(f"none of these works here: {', '.join(config.executors)}")
    return Executors(found)


async def _process() -> Executor:
    return ProcessExecutor()
