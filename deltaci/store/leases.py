"""Reading leases. Only hashes of lease ids are stored, so a stolen database grants nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from deltaci.states import LEASE, open_states
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, find_work
from deltaci.store.tables import Lease


@dataclass(frozen=True, slots=True)
class Held:
    """A lease with the attempt that it is for."""

    lease: Lease
    work: Work


def hash_lease_id(lease_id: str) -> str:
    """Return the form in which a lease id is stored."""
    return hashlib.sha256(lease_id.encode()).hexdigest()


async def find_held(tx: Transaction, id_hash: str) -> Held | None:
    """Read a lease and the attempt that it is for, holding the run."""
    attempt_id = await tx.scalar(select(Lease.attempt_id).where(Lease.id_hash == id_hash))
    work = await find_work(tx, attempt_id, hold=True) if attempt_id else None
    lease = await tx.get(Lease, id_hash, populate_existing=True)
    return Held(lease, work) if lease and work else None


async def live_lease_of(tx: Transaction, attempt_id: str) -> Lease | None:
    """Read the one live lease of an attempt."""
    return await tx.scalar(
        select(Lease)
        .where(Lease.attempt_id == attempt_id, Lease.state.in_(open_states(LEASE)))
        .execution_options(populate_existing=True)
    )


async def overdue(tx: Transaction, now: datetime, limit: int) -> Sequence[str]:
    """Return the id hashes of live leases that have passed an expiry, runtime or cancel deadline.

    Nothing is held: whoever acts on one holds its run and looks again.
    """
    statement = (
        select(Lease.id_hash)
        .where(
            Lease.state.in_(open_states(LEASE)),
            or_(
                Lease.expires_at < now,
                Lease.cancel_deadline < now,
                (Lease.runtime_deadline < now) & Lease.cancel_reason.is_(None),
            ),
        )
        .order_by(Lease.expires_at)
        .limit(limit)
    )
    return (await tx.scalars(statement)).all()


async def update_lease(tx: Transaction, id_hash: str, **columns: Any) -> None:
    """Set columns of a lease other than its state."""
    await tx.execute(
        update(Lease)
        .where(Lease.id_hash == id_hash)
        .values(**columns)
        .execution_options(synchronize_session=False)
    )
