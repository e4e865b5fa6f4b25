"""The log of one job: masked, spooled on disk, waiting for the server to take it."""

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from deltaci.failures.redaction import StreamRedactor

_log = logging.getLogger(__name__)

NOTE_PREFIX = "[delta-ci] "
"""Begins each line that the runner itself wrote."""
_FULL = f"\n{NOTE_PREFIX}log limit reached, the rest is dropped\n".encode()


class JobLog:
    """Takes what a job prints and keeps it, masked, until it has been sent.

    `size` counts masked bytes: it is the offset at which the next byte will be found on the server.
    After `max_bytes` the rest is dropped and the log says so.
    """

    def __init__(self, path: Path, secrets: Collection[str], max_bytes: int) -> None:
        self._file = path.open("w+b", buffering=0)
        self.secrets = secrets
        self._max_bytes = max_bytes
        self._redactor = StreamRedactor(secrets)
        self._truncated = False
        self._at_line_start = True
        self.size = 0
        self.closed = False
        self.grew = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, output: bytes) -> None:
        """Take output of the job."""
        self._store(self._redactor.feed(output))

    def note(self, text: str) -> None:
        """Add a line of the runner's own."""
        self.line(NOTE_PREFIX + text)

    def line(self, text: str) -> None:
        """End what was being printed and add a line."""
        self.settle()
        before = b"" if self._at_line_start else b"\n"
        self.write(before + text.encode(errors="replace") + b"\n")
        self.settle()

    def settle(self) -> None:
        """Let out what the masking held back: a step ended, so no secret can continue."""
        self._store(self._redactor.finish())
        self._redactor = StreamRedactor(self.secrets)

    def close(self) -> None:
        """Nothing more will be written."""
        self.settle()
        self.closed = True
        self.grew.set()

    def read(self, offset: int, limit: int) -> bytes:
        """Return up to `limit` bytes from `offset`."""
        self._file.seek(offset)
        return self._file.read(limit)

    def _store(self, masked: bytes) -> None:
        if not masked or self._truncated:
            return
        room = self._max_bytes - self.size - len(_FULL)
        if len(masked) > room:
            self._truncated = True
            masked = masked[: max(room, 0)] + _FULL
        self._append(masked)
        self._at_line_start = masked.endswith(b"\n")
        self.grew.set()

    def _append(self, masked: bytes) -> None:
        self._file.seek(self.size)
        try:
            self.size += self._file.write(masked)
        except OSError as error:
            self._truncated = True
            _log.error("the log cannot be kept: %s", error.strerror)
