"""Serving one commit with its history over smart HTTP, by git's own `upload-pack`.

Protocol 2 hands out any object whose id a client knows, whatever refs are hidden. The protocol
before it refuses what the advertised refs do not reach, so that is what is spoken: clients that
would like the newer one fall back by themselves.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO

import structlog

from deltaci.vcs.git import Mirror
from deltaci.vcs.git_environment import hardened_environment
from deltaci.vcs.git_errors import clean_output
from deltaci.vcs.git_process import as_file

ANSWER_MAX_BYTES = 8 * 1024**3
AT_ONCE = 8
"""How many answers one process makes at the same time; others wait for their turn."""
_CHUNK_BYTES = 256 * 1024
_COMPLAINT_BYTES = 2000
_ANNOUNCEMENT = b"001e# service=git-upload-pack\n0000"
_BUSY = b"0039ERR too many checkouts are under way; try again later"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CommitServer:
    """Shows a mirror as a repository of one ref. Each answer is bounded in time and size."""

    mirror: Mirror
    ref: str
    turns: asyncio.Semaphore

    async def advertise(self) -> bytes:
        """Return the answer to `GET info/refs?service=git-upload-pack`."""
        parts = [part async for part in self._run("--advertise-refs", b"")]
        return b"".join([_ANNOUNCEMENT, *parts])

    async def answer(self, request: bytes) -> AsyncGenerator[bytes]:
        """Yield the answer to `POST git-upload-pack`; closing the iterator ends git.

        What goes wrong on the way is for the log: the client finds its pack incomplete.
        """
        seconds = self.mirror.timeout_seconds
        try:
            await asyncio.wait_for(self.turns.acquire(), seconds)
        except TimeoutError:
            yield _BUSY
            return
        try:
            async with contextlib.aclosing(self._run("--strict", request)) as parts:
                async for part in parts:
                    yield part
        finally:
            self.turns.release()

    async def _run(self, option: str, request: bytes) -> AsyncGenerator[bytes]:
        with as_file(request) as stdin, tempfile.TemporaryFile() as stderr:
            async with self._process(option, stdin, stderr) as process:
                assert process.stdout is not None  # noqa: S101 - it was asked for
                size = 0
                while part := await process.stdout.read(_CHUNK_BYTES):
                    size += len(part)
                    if size > ANSWER_MAX_BYTES:
                        log.warning("checkout_too_large", mirror=self.mirror.path.name)
                        return
                    yield part
                if await process.wait() != 0:
                    self._tell(process.returncode, stderr)

    @asynccontextmanager
    async def _process(
        self, option: str, stdin: IO[bytes] | int, stderr: IO[bytes]
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *("git", "upload-pack", "--stateless-rpc", option, str(self.mirror.path)),
            env=hardened_environment(settings=self._settings()),
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        seconds = self.mirror.timeout_seconds
        end = asyncio.get_running_loop().call_later(seconds, _kill, process)
        try:
            yield process
        finally:
            end.cancel()
            _kill(process)
            await process.wait()

    def _settings(self) -> dict[str, str]:
        return {
            # The second one takes its ref out of what the first one hides.
            "transfer.hideRefs": "refs/",
            "uploadpack.hideRefs": f"!{self.ref}",
            "uploadpack.allowTipSHA1InWant": "false",
            "uploadpack.allowReachableSHA1InWant": "false",
            "uploadpack.allowAnySHA1InWant": "false",
            "pack.threads": "1",
            "pack.windowMemory": "128m",
        }

    def _tell(self, status: int | None, stderr: IO[bytes]) -> None:
        stderr.seek(0)
        complaint = stderr.read(_COMPLAINT_BYTES).decode("utf-8", "replace")
        log.warning(
            "checkout_not_served",
            mirror=self.mirror.path.name,
            status=status,
            error=clean_output(complaint),
        )


def _kill(process: asyncio.subprocess.Process) -> None:
    """End git with the processes that it started; harmless once it has ended."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
