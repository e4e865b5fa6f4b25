"""Counting how often somebody does something, in windows of time, over all API replicas."""

from datetime import datetime

from sqlalchemy import CursorResult, delete
from sqlalchemy.dialects import postgresql, sqlite

from deltaci.store.database import Transaction, is_serialised
from deltaci.store.tables import UsageCounter
from deltaci.store.tables.base import table_of


async def count_use(
    tx: Transaction, what: str, who: str, window: datetime, expires_at: datetime, limit: int
) -> bool:
    """Count one more use in this window; False, and nothing counted, when the limit is reached.

    The row is held until the transaction ends, so that no two of them pass at the limit; a
    transaction that is rolled back has counted nothing.
    """
    if limit < 1:
        return False
    insert = sqlite.insert if is_serialised(tx) else postgresql.insert
    table = table_of(UsageCounter)
    first = insert(table).values(
        what=what, who=who, window=window.isoformat(), count=1, expires_at=expires_at
    )
    statement = first.on_conflict_do_update(
        index_elements=[table.c.what, table.c.who, table.c.window],
        set_={"count": table.c.count + 1},
        where=table.c.count < limit,
    ).returning(table.c.count)
    return (await tx.execute(statement)).first() is not None


async def forget_expired(tx: Transaction, now: datetime) -> int:
    """Drop counters of windows that are over; returns how many."""
    result = await tx.execute(delete(UsageCounter).where(UsageCounter.expires_at < now))
    assert isinstance(result, CursorResult)  # noqa: S101 - what a DELETE gives
    return result.rowcount


async def uses_in(tx: Transaction, what: str, who: str, window: datetime) -> int:
    """Return how often it was done in this window."""
    found = await tx.get(UsageCounter, (what, who, window.isoformat()), populate_existing=True)
    return found.count if found else 0
