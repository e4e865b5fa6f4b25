"""What happened, for whoever wants to hear of it: written in the transaction in which it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from deltaci.store.database import Transaction
from deltaci.store.tables import (
    Announcement,
    Notification,
    NotificationChannel,
    NotificationPreference,
)
from deltaci.store.tables.base import table_of


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened to one subject.

    `payload` is what receivers are told beside the rest; nothing secret may be in it.
    """

    event_type: str
    subject_kind: str
    subject_id: str
    product: str | None = None
    version: str | None = None
    environment: str | None = None
    status: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def announce(tx: Transaction, news: News, now: datetime) -> None:
    """Add the news to this transaction; workers tell it to whoever has asked for it."""
    tx.add(Announcement(**_columns(news, now)))


async def announce_all(tx: Transaction, news: Sequence[News], now: datetime) -> None:
    """Add several news in their order, in one statement."""
    if news:
        await tx.execute(table_of(Announcement).insert(), [_columns(each, now) for each in news])


def _columns(news: News, now: datetime) -> dict[str, Any]:
    return {
        "event_type": news.event_type,
        "subject_kind": news.subject_kind,
        "subject_id": news.subject_id,
        "product": news.product,
        "version": news.version,
        "environment": news.environment,
        "status": news.status,
        "payload": dict(news.payload),
        "occurred_at": now,
        "fanned_out_at": None,
    }


async def any_waiting(tx: Transaction) -> bool:
    """Whether there is anything to fan out: cheaper than taking nothing."""
    statement = select(Announcement.id).where(Announcement.fanned_out_at.is_(None)).limit(1)
    return await tx.scalar(statement) is not None


async def take_waiting(tx: Transaction, limit: int) -> Sequence[Announcement]:
    """Take the oldest that wait; nobody else takes them before this transaction ends."""
    statement = (
        select(Announcement)
        .where(Announcement.fanned_out_at.is_(None))
        .order_by(Announcement.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await tx.scalars(statement)).all()


async def mark_fanned_out(tx: Transaction, ids: Sequence[int], now: datetime) -> None:
    """Note that everybody who asked for these hears of them."""
    statement = update(Announcement).where(Announcement.id.in_(ids)).values(fanned_out_at=now)
    await tx.execute(statement.execution_options(synchronize_session=False))


async def pass_over(tx: Transaction, limit: int, now: datetime) -> int:
    """Mark up to `limit` that wait as told to nobody, in one statement; returns how many."""
    oldest = (
        select(Announcement.id)
        .where(Announcement.fanned_out_at.is_(None))
        .order_by(Announcement.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Announcement)
        .where(Announcement.id.in_(oldest.scalar_subquery()))
        .values(fanned_out_at=now)
        .returning(Announcement.id)
        .execution_options(synchronize_session=False)
    )
    return len((await tx.scalars(statement)).all())


async def active_preferences(tx: Transaction) -> Sequence[NotificationPreference]:
    """Every preference of a channel that is switched on, oldest first."""
    statement = (
        select(NotificationPreference)
        .join(NotificationChannel, NotificationChannel.id == NotificationPreference.channel_id)
        .where(NotificationChannel.enabled, NotificationChannel.deleted_at.is_(None))
        .order_by(NotificationPreference.id)
    )
    return (await tx.scalars(statement)).all()


async def add_notifications(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add what is to be told, of announcements that this transaction took."""
    if rows:
        await tx.execute(insert(Notification), rows)
