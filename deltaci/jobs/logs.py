"""Append to and read an attempt's log."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from deltaci.core import Core
from deltaci.errors import InvalidStateError, NotFoundError, PayloadTooLargeError, StaleLeaseError
from deltaci.jobs.blob_keys import log_key
from deltaci.jobs.held import require_active
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, find_attempt, find_job, find_work, update_attempt, upload_named
from deltaci.store.leases import find_held, hash_lease_id
from deltaci.store.tables import Artifact
from deltaci.wire.runner import LogAppended, StaleReason

LOG_NAME = "log.txt"


async def append_log(
    core: Core, runner_id: str, lease_id: str, offset: int, data: bytes
) -> LogAppended:
    """Add `data` to the log of the lease's attempt, at `offset`.

    An offset other than the log's end is InvalidStateError with `next_offset`, from which the
    runner goes on; so a repeated chunk is never stored twice. Raises StaleLeaseError, and
    PayloadTooLargeError once the log is full.
    """
    async with core.database.write() as tx:
        held = await find_held(tx, hash_lease_id(lease_id))
        if held is None or held.lease.runner_id != runner_id:
            raise StaleLeaseError(StaleReason.UNKNOWN_LEASE)
        require_active(held, core.clock())
        attempt = held.work.attempt
        if offset != attempt.log_bytes:
            raise InvalidStateError(
                "the log ends elsewhere; go on from next_offset", next_offset=attempt.log_bytes
            )
        room = core.settings.log_max_bytes - offset
        if room <= 0:
            raise PayloadTooLargeError("the log is full", next_offset=offset)
        data = data[:room]
        end = offset + len(data)
        # Inside the transaction, so that two appends cannot write over each other.
        await core.blobs.write_at(log_key(held.work), offset, data)
        await _note_log(tx, core, held.work, end, truncated=len(data) == room)
    return LogAppended(next_offset=end)


async def _note_log(tx: Transaction, core: Core, work: Work, end: int, *, truncated: bool) -> None:
    await update_attempt(tx, work.attempt.id, log_bytes=end, log_truncated=truncated)
    artifact = await upload_named(tx, work.attempt.id, work.attempt.fence, LOG_NAME)
    if artifact is None:
        artifact = Artifact(
            attempt_id=work.attempt.id,
            fence=work.attempt.fence,
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
