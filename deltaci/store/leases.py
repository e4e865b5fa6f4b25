"""Reading leases. Only hashes of lease ids are stored, so a stolen database grants nothing."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from deltaci.states import LEASE, open_states
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work, hold_run_of
from deltaci.store.tables import Attempt, Job, Lease, Run
from deltaci.store.tables.base import table_of


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
    of_lease = select(Lease.attempt_id).where(Lease.id_hash == id_hash).scalar_subquery()
    await hold_run_of(tx, of_lease)
    statement = (
        select(Lease, Attempt, Job, Run)
        .join(Attempt, Attempt.id == Lease.attempt_id)
        .join(Job, Job.id == Attempt.job_id)
        .join(Run, Run.id == Attempt.run_id)
        .where(Lease.id_hash == id_hash)
        .execution_options(populate_existing=True)
    )
    row = (await tx.execute(statement)).one_or_none()
    return Held(row[0], Work(row[1], row[2], row[3])) if row else None


async def live_leases_of(tx: Transaction, attempt_ids: Collection[str]) -> dict[str, Lease]:
    """Read the live lease of each of these attempts that has one."""
    statement = (
        select(Lease)
        .where(Lease.attempt_id.in_(attempt_ids), Lease.state.in_(open_states(LEASE)))
        .execution_options(populate_existing=True)
    )
    return {lease.attempt_id: lease for lease in await tx.scalars(statement)}


async def count_live_leases(tx: Transaction, runner_id: str) -> int:
    """Count the jobs that a runner holds."""
    statement = (
        select(func.count())
        .select_from(Lease)
        .where(Lease.runner_id == runner_id, Lease.state.in_(open_states(LEASE)))
    )
    return await tx.scalar(statement) or 0


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


async def with_news(tx: Transaction, id_hashes: Collection[str]) -> set[str]:
    """Return those of these leases that have ended, or whose runner is asked to stop."""
    statement = select(Lease.id_hash).where(
        Lease.id_hash.in_(id_hashes),
        or_(Lease.cancel_reason.is_not(None), Lease.state.not_in(open_states(LEASE))),
    )
    return set(await tx.scalars(statement))


async def update_leases(tx: Transaction, id_hashes: Collection[str], **columns: Any) -> None:
    """Set columns of leases other than their state."""
    table = table_of(Lease)
    await tx.execute(update(table).where(table.c.id_hash.in_(id_hashes)).values(**columns))
