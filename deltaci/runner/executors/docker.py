"""Runs the jobs that name an image in one container per job, through the docker command line."""

import asyncio
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from subprocess import DEVNULL, PIPE

from deltaci.runner.executors.port import ExecutorError, Sandbox
from deltaci.runner.executors.probe import answers
from deltaci.runner.launch import Launch

_log = logging.getLogger(__name__)

_START_SECONDS = 600.0
"""Longest time for pulling the image and starting the container."""
_REMOVE_SECONDS = 60.0
_PIDS_MAX = "4096"
_MESSAGE_MAX = 300
_WAIT_FOREVER = "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"
_CLIENT_VARIABLES = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT")


@dataclass(frozen=True, slots=True)
class DockerSession:
    """A running container; steps share its files and background processes."""

    program: str
    sandbox: Sandbox
    client_environment: Mapping[str, str]

    def launch(self, step: str) -> Launch:
        """Run the step in the container as the runner's user."""
        arguments = (
            *(self.program, "exec", "--workdir", str(self.sandbox.workdir)),
            *(self.sandbox.name, "/bin/sh", "-e", "-c", step),
        )
        return Launch(arguments, self.sandbox.workspace.checkout, self.client_environment)

    async def close(self) -> None:
        """Kill and remove the container with everything in it."""
        code, said = await _run(
            self.client_environment,
            _REMOVE_SECONDS,
            self.program,
            "rm",
            "--force",
            self.sandbox.name,
        )
        if code != 0:
            _log.warning("container %s was not removed: %s", self.sandbox.name, said)


@dataclass(frozen=True, slots=True)
class DockerExecutor:
    """Takes the jobs that name an image, and only those."""

    program: str
    client_environment: Mapping[str, str] = field(repr=False)
    name: str = "docker"
    runs_images: bool = True

    async def open(self, sandbox: Sandbox) -> DockerSession:
        """Pull the image if needed and start the container."""
        session = DockerSession(self.program, sandbox, self.client_environment)
        arguments = run_arguments(sandbox, os.getuid(), os.getgid())
        try:
            code, said = await _run(
                self.client_environment, _START_SECONDS, self.program, *arguments
            )
        except BaseException:
            await asyncio.shield(session.close())
            raise
        if code != 0:
            raise ExecutorError(f"image {sandbox.image!r} did not start: {said}")
        return session


async def find_docker() -> DockerExecutor | None:
    """Return the executor when a docker engine answers."""
    program, environment = shutil.which("docker"), _client_environment()
    if program is None or not await answers(program, "info", environment=environment):
        return None
    return DockerExecutor(program, environment)


def remove_containers(names: Sequence[str]) -> None:
    """Kill and remove containers of a killed runner; ones that are not there are no matter."""
    program = shutil.which("docker")
    if program is None or not names:
        return
    try:
        subprocess.run(
            [program, "rm", "--force", *names],
            env=_client_environment(),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            timeout=_REMOVE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _log.warning("containers of a killed runner were not removed: docker does not answer")


def _client_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _CLIENT_VARIABLES if name in os.environ}


def run_arguments(sandbox: Sandbox, user: int, group: int) -> list[str]:
    """Return what follows `docker` to start a job's container.

    The image comes after `--`-free options, so one that looks like an option is refused.
    """
    if sandbox.image.startswith("-"):
        raise ExecutorError(f"{sandbox.image!r} is not an image name")
    return [
        *("run", "--detach", "--init", "--rm", "--name", sandbox.name),
        *("--user", f"{user}:{group}", "--cap-drop", "ALL"),
        *("--security-opt", "no-new-privileges", "--pids-limit", _PIDS_MAX),
        *_mounts(sandbox),
        *_environment(sandbox),
        *("--entrypoint", "/bin/sh", sandbox.image, "-c", _WAIT_FOREVER),
    ]


def _mounts(sandbox: Sandbox) -> Iterator[str]:
    workspace = sandbox.workspace
    for folder in (workspace.checkout, workspace.home, workspace.temporary):
        yield from ("--mount", f"type=bind,source={folder},target={folder}")
    if sandbox.object_cache.is_dir():
        cache = sandbox.object_cache
        yield from ("--mount", f"type=bind,source={cache},target={cache},readonly")


def _environment(sandbox: Sandbox) -> Iterator[str]:
    """Pass values as arguments: in docker's own environment they could redirect it.

    PATH is the image's own, unless the job sets one.
    """
    for name, value in sandbox.environment.items():
        if name != "PATH":
            yield from ("--env", f"{name}={value}")


async def _run(environment: Mapping[str, str], seconds: float, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *arguments, env=dict(environment), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 1, f"no answer within {seconds:.0f}s"
    return process.returncode or 0, said.decode(errors="replace").strip()[-_MESSAGE_MAX:]
