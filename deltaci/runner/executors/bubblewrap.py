"""Runs each step in a bubblewrap sandbox: read-only machine, private home, no network."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deltaci.runner.executors.port import Sandbox
from deltaci.runner.executors.probe import answers
from deltaci.runner.executors.process import SHELL
from deltaci.runner.launch import Launch

_BASE = ("--die-with-parent", "--unshare-all", "--new-session")
_MACHINE = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp")  # noqa: S108
_HIDDEN = ("/root", "/home", "/run", "/var/run")
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@dataclass(slots=True)
class BubblewrapSession:
    """Each step has a sandbox of its own; only files pass from one step to the next."""

    program: str
    network: bool
    sandbox: Sandbox
    _argument_files: list[int] = field(default_factory=list)

    def launch(self, step: str) -> Launch:
        """Run the step inside; its environment goes through a file, never to bwrap itself.

        A variable such as LD_PRELOAD would otherwise load the repository's code outside.
        """
        self._close_files()
        file = _argument_file([*_setenv(self.sandbox), *self._mounts()])
        self._argument_files.append(file)
        arguments = (self.program, "--args", str(file), "--", *SHELL, step)
        return Launch(arguments, self.sandbox.workspace.checkout, _ENVIRONMENT, (file,))

    async def close(self) -> None:
        """Sandboxes die with their step."""
        self._close_files()

    def _mounts(self) -> Iterator[str]:
        workspace = self.sandbox.workspace
        yield from (*_BASE, *(("--share-net",) if self.network else ()), *_MACHINE)
        for hidden in map(Path, _HIDDEN):
            if hidden.is_dir() and not hidden.is_symlink():
                yield from ("--tmpfs", str(hidden))
        yield from ("--ro-bind-try", str(self.sandbox.object_cache), str(self.sandbox.object_cache))
        for folder in (workspace.checkout, workspace.home, workspace.temporary):
            yield from ("--bind", str(folder), str(folder))
        yield from ("--chdir", str(self.sandbox.workdir))

    def _close_files(self) -> None:
        while self._argument_files:
            os.close(self._argument_files.pop())


@dataclass(frozen=True, slots=True)
class BubblewrapExecutor:
    """Isolates files, processes and network of jobs that name no image."""

    program: str
    network: bool
    name: str = "bubblewrap"
    runs_images: bool = False

    async def open(self, sandbox: Sandbox) -> BubblewrapSession:
        """Needs no preparation."""
        return BubblewrapSession(self.program, self.network, sandbox)


async def find_bubblewrap(*, network: bool) -> BubblewrapExecutor | None:
    """Return the executor when bwrap is installed and may create namespaces here."""
    program = shutil.which("bwrap")
    if program is None or not await answers(program, *_BASE, *_MACHINE, "--", "/bin/true"):
        return None
    return BubblewrapExecutor(program, network)


def _setenv(sandbox: Sandbox) -> Iterator[str]:
    yield "--clearenv"
    for name, value in sandbox.environment.items():
        yield from ("--setenv", name, value)


def _argument_file(arguments: list[str]) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(b"".join(argument.encode() + b"\0" for argument in arguments))
        file.seek(0)
        return os.dup(file.fileno())
