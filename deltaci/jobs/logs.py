"""Append to and read an attempt's log."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from deltaci.core import Core
from deltaci.errors import (
    InvalidStateError,
    NotFoundError,
    PayloadTooLargeError,
    UnavailableError,
)
from deltaci.jobs.blob_keys import log_key
from deltaci.jobs.held import hold_active, peek_active
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, find_attempt, find_job, find_work, update_attempt, upload_named
from deltaci.store.tables import Artifact
from deltaci.wire.runner import LogAppended

LOG_NAME = "log.txt"


async def append_log(
    core: Core, runner_id: str, lease_id: str, offset: int, data: bytes
) -> LogAppended:
    """Add `data` to the log of the lease's attempt, at `offset`.

    An offset other than the log's end is InvalidStateError with `next_offset`, from which the
    runner goes on; so a repeated chunk is never stored twice. Raises StaleLeaseError,
    PayloadTooLargeError once the log is full, and UnavailableError while somebody appends other
    bytes at this offset.
    """
    async with core.database.read() as tx:
        work = (await peek_active(tx, lease_id, runner_id, core.clock())).work
    _require_end(work, offset)
    room = core.settings.log_max_bytes - offset
    if room <= 0:
        raise PayloadTooLargeError("the log is full", next_offset=offset)
    data = data[:room]
    try:
        await core.blobs.write_at(log_key(work), offset, data)
    except InvalidStateError as error:
        raise UnavailableError("another append is under way") from error
    async with core.database.write() as tx:
        work = (await hold_active(tx, lease_id, runner_id, core.clock())).work
        _require_end(work, offset)
        await _note_log(tx, core, work, data, truncated=len(data) == room)
    return LogAppended(next_offset=offset + len(data))


def _require_end(work: Work, offset: int) -> None:
    if offset != work.attempt.log_bytes:
        raise InvalidStateError(
            "the log ends elsewhere; go on from next_offset", next_offset=work.attempt.log_bytes
        )


async def _note_log(
    tx: Transaction, core: Core, work: Work, data: bytes, *, truncated: bool
) -> None:
    attempt = work.attempt
    end = attempt.log_bytes + len(data)
    await update_attempt(
        tx,
        attempt.id,
        log_bytes=end,
        log_lines=data.count(b"\n") + (attempt.log_lines if attempt.log_bytes else 0),
        log_truncated=truncated,
    )
    artifact = await upload_named(tx, attempt.id, attempt.fence, LOG_NAME)
    if artifact is None:
        artifact = Artifact(
            attempt_id=attempt.id,
            fence=attempt.fence,
            type="log",
            name=LOG_NAME,
            blob_key=log_key(work),
            created_at=core.clock(),
            completed_at=core.clock(),
        )
        tx.add(artifact)
    artifact.received_bytes = artifact.size_bytes = end


@dataclass(frozen=True, slots=True)
class Log:
    """A log as it is now: it may still grow."""

    size_bytes: int
    truncated: bool
    key: str

    def read(self, core: Core, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes of [start, end)."""
        return core.blobs.read(self.key, start, min(end, self.size_bytes))


async def open_log(core: Core, run_id: str, job: str, attempt_number: int | None) -> Log:
    """Find the log of a job's attempt, by default its newest. Raises NotFoundError."""
    async with core.database.read() as tx:
        found = await find_job(tx, run_id, job)
        attempt = await find_attempt(tx, found.id, attempt_number) if found else None
        work = await find_work(tx, attempt.id) if attempt else None
    if work is None:
        raise NotFoundError("no such job or attempt in this run")
    return Log(work.attempt.log_bytes, work.attempt.log_truncated, log_key(work))
