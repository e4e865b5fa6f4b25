"""Reading and writing what runners upload: logs and artifacts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from deltaci.states import JobState
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work
from deltaci.store.leases import Held
from deltaci.store.tables import Artifact, Attempt, Job, Lease, Run


async def peek_lease(tx: Transaction, id_hash: str) -> Held | None:
    """Read a lease and the attempt that it is for, without holding the run.

    Good for deciding whether work is worth starting; who then writes holds it, and looks again.
    """
    statement = (
        select(Lease, Attempt, Job, Run)
        .join(Attempt, Attempt.id == Lease.attempt_id)
        .join(Job, Job.id == Attempt.job_id)
        .join(Run, Run.id == Attempt.run_id)
        .where(Lease.id_hash == id_hash)
    )
    row = (await tx.execute(statement)).one_or_none()
    return Held(row[0], Work(row[1], row[2], row[3])) if row else None


@dataclass(frozen=True, slots=True)
class Uploads:
    """What one lease of an attempt has uploaded, begun uploads included, by announced size."""

    count: int
    size_bytes: int


async def uploads_of(tx: Transaction, attempt_id: str, fence: int) -> Uploads:
    """Count the artifacts that one lease of an attempt has begun to store here."""
    statement = select(func.count(), func.coalesce(func.sum(Artifact.size_bytes), 0)).where(
        Artifact.attempt_id == attempt_id,
        Artifact.fence == fence,
        Artifact.sha256.is_not(None),
    )
    count, size_bytes = (await tx.execute(statement)).one()
    return Uploads(count, int(size_bytes or 0))


async def stored_file(tx: Transaction, job_id: str, name: str) -> Artifact | None:
    """Read the complete file of this name that a job's successful attempt left in our store."""
    statement = (
        select(Artifact)
        .join(Attempt, Attempt.id == Artifact.attempt_id)
        .where(
            Attempt.job_id == job_id,
            Attempt.state == JobState.SUCCEEDED,
            Artifact.fence == Attempt.fence,
            Artifact.name == name,
            Artifact.completed_at.is_not(None),
            Artifact.blob_key.is_not(None),
            Artifact.sha256.is_not(None),
        )
        .order_by(Attempt.attempt_number.desc())
        .limit(1)
    )
    return await tx.scalar(statement)


async def complete_upload(tx: Transaction, artifact: Artifact, now: datetime) -> bool:
    """Complete an artifact unless its upload has begun anew or was completed meanwhile."""
    return await _settle_upload(tx, artifact, completed_at=now)


async def restart_upload(tx: Transaction, artifact: Artifact) -> bool:
    """Forget what has arrived, unless the upload has begun anew or was completed meanwhile."""
    return await _settle_upload(tx, artifact, received_bytes=0)


async def _settle_upload(tx: Transaction, artifact: Artifact, **columns: object) -> bool:
    done = await tx.execute(
        update(Artifact)
        .where(
            Artifact.id == artifact.id,
            Artifact.blob_key == artifact.blob_key,
            Artifact.received_bytes == Artifact.size_bytes,
            Artifact.completed_at.is_(None),
        )
        .values(**columns)
        .execution_options(synchronize_session=False)
        .returning(Artifact.id)
    )
    return done.first() is not None
