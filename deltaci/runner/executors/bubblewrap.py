"""Runs each step in a bubblewrap sandbox: system folders read-only, nothing else, no network."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deltaci.runner.executors.port import Sandbox
from deltaci.runner.executors.probe import answers
from deltaci.runner.executors.process import SHELL
from deltaci.runner.launch import Launch

_ISOLATION = ("--die-with-parent", "--unshare-all", "--new-session")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt")
_NAME_RESOLUTION = "/run/systemd/resolve"
_OUTSIDE = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
"""The whole environment of bwrap itself; the job's is set inside."""


@dataclass(slots=True)
class BubblewrapSession:
    """Each step has a sandbox of its own; only files pass from one step to the next."""

    executor: "BubblewrapExecutor"
    sandbox: Sandbox
    _argument_file: int | None = field(default=None, init=False)

    def launch(self, step: str) -> Launch:
        """Run the step inside. Its environment must not become that of bwrap itself.

        A variable such as LD_PRELOAD would otherwise load the repository's code outside.
        """
        self._close_file()
        self._argument_file = _write_arguments([*self.executor.isolation(), *self._job()])
        arguments = (self.executor.program, "--args", str(self._argument_file), "--", *SHELL, step)
        folder = self.sandbox.workspace.checkout
        return Launch(arguments, folder, _OUTSIDE, (self._argument_file,))

    async def close(self) -> None:
        """Sandboxes die with their step."""
        self._close_file()

    def _job(self) -> Iterator[str]:
        yield from ("--ro-bind-try", str(self.sandbox.object_cache), str(self.sandbox.object_cache))
        workspace = self.sandbox.workspace
        for folder in (workspace.checkout, workspace.home, workspace.temporary):
            yield from ("--bind", str(folder), str(folder))
        yield from ("--chdir", str(self.sandbox.workdir), "--clearenv")
        for name, value in self.sandbox.environment.items():
            yield from ("--setenv", name, value)

    def _close_file(self) -> None:
        if self._argument_file is not None:
            os.close(self._argument_file)
            self._argument_file = None


@dataclass(frozen=True, slots=True)
class BubblewrapExecutor:
    """Isolates files, processes and network of jobs that name no image."""

    program: str
    network: bool
    paths: Sequence[Path] = ()
    name: str = "bubblewrap"
    runs_images: bool = False

    def isolation(self) -> Iterator[str]:
        """Return the arguments that every sandbox has."""
        yield from _ISOLATION
        shared = [*_SYSTEM, *map(str, self.paths)]
        if self.network:
            yield "--share-net"
            shared.append(_NAME_RESOLUTION)
        yield from ("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp")  # noqa: S108 - inside
        for path in shared:
            yield from ("--ro-bind-try", path, path)

    async def open(self, sandbox: Sandbox) -> BubblewrapSession:
        """Needs no preparation."""
        return BubblewrapSession(self, sandbox)


async def find_bubblewrap(*, network: bool, paths: Sequence[Path]) -> BubblewrapExecutor | None:
    """Return the executor when bwrap is installed and may create namespaces here."""
    program = shutil.which("bwrap")
    if program is None:
        return None
    executor = BubblewrapExecutor(program, network, paths)
    works = await answers(program, *executor.isolation(), "--", "/bin/true")
    return executor if works else None


def _write_arguments(arguments: list[str]) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(b"".join(os.fsencode(argument) + b"\0" for argument in arguments))
        file.seek(0)
        return os.dup(file.fileno())
