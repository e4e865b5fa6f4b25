"""Reading and writing API keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, or_, select, update

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.newest_first import page_of
from deltaci.store.tables import ApiKey
from deltaci.store.tables.base import table_of


async def claim_api_key(tx: Transaction, row: ApiKey) -> bool:
    """Insert a key; False when there is one with the same hash."""
    columns = {column.key: getattr(row, column.key) for column in table_of(ApiKey).columns}
    return await insert_absent(tx, ApiKey, **columns)


async def find_api_key(tx: Transaction, key_hash: str) -> ApiKey | None:
    """Read a key that is not revoked, by the hash of what was sent."""
    return await tx.scalar(
        select(ApiKey).where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None))
    )


async def list_api_keys(
    tx: Transaction, *, limit: int, cursor: str = ""
) -> tuple[Sequence[ApiKey], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    return await page_of(
        tx, select(ApiKey), ApiKey.created_at, ApiKey.id, limit=limit, cursor=cursor
    )


async def revoke_api_key(tx: Transaction, key_id: str, now: datetime) -> ApiKey | None:
    """Take a key away; returns it, or None when there is none that counts."""
    row = await tx.get(ApiKey, key_id, populate_existing=True)
    if row is None:
        return None
    statement = (
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    result = await tx.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
    return row if result.rowcount else None


async def note_use(tx: Transaction, key_id: str, now: datetime, unless_since: datetime) -> None:
    """Remember that a key is used, unless that was noted since then."""
    unnoted = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < unless_since)
    await tx.execute(update(ApiKey).where(ApiKey.id == key_id, unnoted).values(last_used_at=now))
