"""One git command: its own process group, bounded in time and in what it may write."""

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from deltaci.vcs.git_environment import hardened_environment
from deltaci.vcs.git_errors import GitError, GitOutputError, GitTimeoutError
from deltaci.vcs.git_login import NOBODY, Login

OUTPUT_MAX_BYTES = 256 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended, with all that it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def complaint(self) -> str:
        """The last line that git wrote to stderr, which is usually the reason."""
        lines = self.stderr.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"git ended with status {self.returncode}"


@dataclass(slots=True)
class GitCommand:
    """A git command that `kill` may stop from another thread while `run` waits for it."""

    arguments: Sequence[str]
    timeout_seconds: float
    stdin: bytes = b""
    max_bytes: int = OUTPUT_MAX_BYTES
    login: Login = NOBODY
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _killed: bool = field(default=False, init=False)

    def run(self) -> Finished:
        """Run to the end and return the result, whatever the exit status.

        Raises GitTimeoutError and GitOutputError at the bounds, GitError when git cannot start.
        The whole process group is gone when this returns or raises.
        """
        with as_file(self.stdin) as stdin, self._start(stdin) as process:
            try:
                stdout, stderr = self._read(process)
                return Finished(process.wait(), stdout, self.login.redact(stderr))
            finally:
                self.kill()

    def kill(self) -> None:
        """Stop the command and everything that it started; harmless once it has ended."""
        self._killed = True
        process = self._process
        if process is not None and process.returncode is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def _start(self, stdin: "IO[bytes] | int") -> "subprocess.Popen[bytes]":
        try:
            process = subprocess.Popen(
                ["git", *self.arguments],
                env=hardened_environment(settings=self.login.settings),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror}") from error
        self._process = process
        if self._killed:
            self.kill()
        return process

    def _read(self, process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
        stdout, stderr = bytearray(), bytearray()
        deadline = time.monotonic() + self.timeout_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(_pipe(process.stdout), selectors.EVENT_READ, stdout)
            selector.register(_pipe(process.stderr), selectors.EVENT_READ, stderr)
            while selector.get_map():
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise GitTimeoutError(
                        f"git {self._verb} took longer than {self.timeout_seconds:g} s"
                    )
                for key, _ in ready:
                    chunk = os.read(key.fd, _CHUNK_BYTES)
                    key.data.extend(chunk)
                    if not chunk:
                        selector.unregister(key.fileobj)
                if len(stdout) + len(stderr) > self.max_bytes:
                    raise GitOutputError(f"git {self._verb} wrote more than {self.max_bytes} bytes")
        return bytes(stdout), bytes(stderr)

    @property
    def _verb(self) -> str:
        words = (
            word for word in self.arguments if word.isascii() and word.replace("-", "").isalpha()
        )
        return next((word for word in words if not word.startswith("-")), "command")


@contextmanager
def as_file(content: bytes) -> "Iterator[IO[bytes] | int]":
    """Give stdin as a file, so that writing it can never block against an unread answer."""
    if not content:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


def _pipe(stream: "IO[bytes] | None") -> "IO[bytes]":
    if stream is None:
        raise GitError("git was started without a pipe")
    return stream
