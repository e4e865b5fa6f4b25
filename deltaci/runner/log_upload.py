"""Sends the log while it grows: in chunks, resumable, never blocking the job."""

import asyncio

from deltaci.client.runner import (
    OffsetMismatchError,
    RefusedError,
    RunnerClient,
    TooLargeError,
    UnreachableError,
)
from deltaci.runner.backoff import delays
from deltaci.runner.job_log import JobLog

CHUNK_BYTES = 512 * 1024
EAGER_BYTES = 64 * 1024
"""This much is sent at once; less waits for more, at most QUIET_SECONDS."""
QUIET_SECONDS = 0.25


class LogUpload:
    """One log on its way to the server. `sent` is what the server is known to hold."""

    def __init__(self, client: RunnerClient, lease_id: str, log: JobLog) -> None:
        self._client = client
        self._lease_id = lease_id
        self._log = log
        self.sent = 0

    async def run(self) -> None:
        """Send until the log is closed and complete, or the server takes no more.

        Raises StaleLeaseError; an unreachable server is tried again for ever, so bound this call.
        """
        waits = delays()
        while await self._has_more():
            try:
                await self._send_chunk()
            except UnreachableError:
                await asyncio.sleep(next(waits))
            except (TooLargeError, RefusedError):
                return
            else:
                waits = delays()

    async def _has_more(self) -> bool:
        log = self._log
        while log.size <= self.sent:
            if log.closed:
                return False
            log.grew.clear()
            await log.grew.wait()
        await self._gather()
        return True

    async def _gather(self) -> None:
        log = self._log
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                while log.size - self.sent < EAGER_BYTES and not log.closed:
                    log.grew.clear()
                    await log.grew.wait()
        except TimeoutError:
            return

    async def _send_chunk(self) -> None:
        chunk = self._log.read(self.sent, CHUNK_BYTES)
        try:
            self.sent = await self._client.append_log(self._lease_id, self.sent, chunk)
        except OffsetMismatchError as mismatch:
            if mismatch.next_offset > self._log.size:
                raise RefusedError(409, "INVALID_STATE", "the server holds more log") from mismatch
            self.sent = mismatch.next_offset
