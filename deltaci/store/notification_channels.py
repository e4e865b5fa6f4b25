"""Channels, and which events each of them hears of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import NotificationChannel, NotificationPreference


async def add_channel(tx: Transaction, **columns: Any) -> bool:
    """Add a channel; False when its name is taken."""
    return await insert_absent(tx, NotificationChannel, **columns)


async def find_channel(tx: Transaction, channel_id: str) -> NotificationChannel | None:
    """Return a channel that was not deleted, or None."""
    row = NotificationChannel
    return await tx.scalar(select(row).where(row.id == channel_id, row.deleted_at.is_(None)))


async def channel_named(tx: Transaction, name: str) -> NotificationChannel | None:
    """Return the channel of that name, or None."""
    row = NotificationChannel
    return await tx.scalar(select(row).where(row.name == name, row.deleted_at.is_(None)))


async def list_channels(
    tx: Transaction, *, limit: int, cursor: str = ""
) -> tuple[Sequence[NotificationChannel], str | None]:
    """Return one page by name, and the cursor of the next page if there is one."""
    row = NotificationChannel
    statement = select(row).where(row.deleted_at.is_(None)).order_by(row.name).limit(limit + 1)
    if cursor:
        (after,) = decode_cursor(cursor, 1)
        statement = statement.where(row.name > after)
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].name) if len(rows) > limit else None


async def count_channels(tx: Transaction) -> int:
    """How many channels there are that were not deleted."""
    row = NotificationChannel
    return await tx.scalar(select(func.count()).where(row.deleted_at.is_(None))) or 0


async def change_channel(tx: Transaction, channel_id: str, **columns: Any) -> None:
    """Change some columns of a channel."""
    row = NotificationChannel
    statement = update(row).where(row.id == channel_id).values(**columns)
    await tx.execute(statement.execution_options(synchronize_session=False))


async def delete_channel(tx: Transaction, channel: NotificationChannel, now: datetime) -> None:
    """Forget a channel's address, what it hears of, and its name, which may be given again."""
    row = NotificationPreference
    await tx.execute(delete(row).where(row.channel_id == channel.id))
    await change_channel(
        tx,
        channel.id,
        name=f"{channel.name} ({channel.id})",
        sealed_config=b"",
        enabled=False,
        deleted_at=now,
        updated_at=now,
    )


async def add_preference(tx: Transaction, **columns: Any) -> None:
    """Add a preference."""
    await insert_absent(tx, NotificationPreference, **columns)


async def find_preference(tx: Transaction, preference_id: str) -> NotificationPreference | None:
    """Return a preference, or None."""
    row = NotificationPreference
    return await tx.scalar(select(row).where(row.id == preference_id))


async def change_preference(tx: Transaction, preference_id: str, **columns: Any) -> None:
    """Change some columns of a preference."""
    row = NotificationPreference
    statement = update(row).where(row.id == preference_id).values(**columns)
    await tx.execute(statement.execution_options(synchronize_session=False))


async def remove_preference(tx: Transaction, preference_id: str) -> bool:
    """Remove a preference; False when there is none."""
    row = NotificationPreference
    removed = await tx.execute(delete(row).where(row.id == preference_id))
    return cast("CursorResult[Any]", removed).rowcount == 1


async def list_preferences(
    tx: Transaction, *, channel_id: str = "", limit: int, cursor: str = ""
) -> tuple[Sequence[NotificationPreference], str | None]:
    """Return one page, oldest first, and the cursor of the next page if there is one."""
    row = NotificationPreference
    statement = select(row).order_by(row.id).limit(limit + 1)
    if channel_id:
        statement = statement.where(row.channel_id == channel_id)
    if cursor:
        (after,) = decode_cursor(cursor, 1)
        statement = statement.where(row.id > after)
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None


async def count_preferences(tx: Transaction) -> int:
    """How many preferences there are."""
    return await tx.scalar(select(func.count()).select_from(NotificationPreference)) or 0
