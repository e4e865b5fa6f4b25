"""Notifications and their announcements: what waits, what was told, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from deltaci.notification_states import NOTIFICATION, NotificationState
from deltaci.states import IllegalTransitionError, advance
from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import Announcement, Notification, NotificationChannel

PENDING = NotificationState.PENDING


@dataclass(frozen=True, slots=True)
class Told:
    """A notification, what it tells, and whom."""

    notification: Notification
    announcement: Announcement
    channel: NotificationChannel


async def find_told(tx: Transaction, notification_id: str) -> Told | None:
    """Return a notification with its announcement and its channel, or None."""
    row = (await tx.execute(_told().where(Notification.id == notification_id))).first()
    return None if row is None else Told(*row)


async def is_next(tx: Transaction, told: Told) -> bool:
    """Whether nothing earlier of its subject is still to be told on its channel."""
    mine, news = told.notification, told.announcement
    earlier = aliased(Notification)
    undelivered = exists().where(
        earlier.channel_id == mine.channel_id,
        earlier.subject_key == mine.subject_key,
        earlier.announcement_id < mine.announcement_id,
        earlier.state == PENDING,
    )
    waiting = exists().where(
        Announcement.fanned_out_at.is_(None),
        Announcement.subject_kind == news.subject_kind,
        Announcement.subject_id == news.subject_id,
        Announcement.id < news.id,
    )
    return not await tx.scalar(select(or_(undelivered, waiting)))


async def next_pending(tx: Transaction, told: Notification) -> str | None:
    """Return the id of what is to be told next of the same subject on the same channel."""
    row = Notification
    statement = (
        select(row.id)
        .where(
            row.channel_id == told.channel_id,
            row.subject_key == told.subject_key,
            row.id != told.id,
            row.state == PENDING,
        )
        .order_by(row.announcement_id, row.redelivery)
        .limit(1)
    )
    return await tx.scalar(statement)


async def count_attempt(tx: Transaction, notification_id: str, now: datetime) -> bool:
    """Note that the receiver is about to be called; False when it need not be any more."""
    row = Notification
    statement = update(row).where(row.id == notification_id, row.state == PENDING)
    values = statement.values(attempts=row.attempts + 1, updated_at=now)
    return cast("CursorResult[Any]", await tx.execute(values)).rowcount == 1


async def note_answer(
    tx: Transaction, notification_id: str, status: int | None, error: str, now: datetime
) -> None:
    """Keep what came of a try that will be repeated."""
    row = Notification
    statement = update(row).where(row.id == notification_id, row.state == PENDING)
    await tx.execute(statement.values(last_status=status, last_error=error, updated_at=now))


async def move_notification(
    tx: Transaction,
    notification: Notification,
    target: NotificationState,
    now: datetime,
    **columns: Any,
) -> None:
    """Move a notification to its end. Raises IllegalTransitionError when it has one already."""
    current = NotificationState(notification.state)
    advance(NOTIFICATION, current, target)
    row = Notification
    statement = update(row).where(row.id == notification.id, row.state == current)
    moved = await tx.execute(statement.values(state=target, updated_at=now, **columns))
    if cast("CursorResult[Any]", moved).rowcount != 1:
        raise IllegalTransitionError(f"{notification.id} is not {current} any more")


async def add_redelivery(
    tx: Transaction, notification_id: str, of: Notification, now: datetime
) -> bool:
    """Add the next redelivery of a notification; False when somebody else just did."""
    same = (
        Notification.announcement_id == of.announcement_id,
        Notification.channel_id == of.channel_id,
    )
    last = await tx.scalar(select(func.max(Notification.redelivery)).where(*same))
    fresh = fresh_notification(notification_id, of.announcement_id, of.subject_key, now)
    changed = {
        "channel_id": of.channel_id,
        "template": of.template,
        "redelivery": (last or 0) + 1,
    }
    return await insert_absent(tx, Notification, **(fresh | changed))


def fresh_notification(
    notification_id: str, announcement_id: int, subject_key: str, now: datetime
) -> dict[str, Any]:
    """The columns of a notification that nobody was told of yet, but for its channel."""
    return {
        "id": notification_id,
        "announcement_id": announcement_id,
        "subject_key": subject_key,
        "redelivery": 0,
        "state": PENDING,
        "template": "",
        "attempts": 0,
        "last_status": None,
        "last_error": "",
        "created_at": now,
        "updated_at": now,
        "delivered_at": None,
    }


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which notifications to list; empty means any."""

    channel_id: str = ""
    event_type: str = ""
    state: str = ""
    product: str = ""
    environment: str = ""


async def list_history(
    tx: Transaction, wanted: HistoryFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[Told], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    columns: Mapping[Any, str] = {
        Notification.channel_id: wanted.channel_id,
        Notification.state: wanted.state,
        Announcement.event_type: wanted.event_type,
        Announcement.product: wanted.product,
        Announcement.environment: wanted.environment,
    }
    statement = _told().order_by(Notification.id.desc()).limit(limit + 1)
    for column, value in columns.items():
        if value:
            statement = statement.where(column == value)
    if cursor:
        (before,) = decode_cursor(cursor, 1)
        statement = statement.where(Notification.id < before)
    found = [Told(*row) for row in (await tx.execute(statement)).all()]
    page = found[:limit]
    more = len(found) > limit
    return page, encode_cursor(page[-1].notification.id) if more else None


async def forget_told(tx: Transaction, before: datetime, limit: int) -> int:
    """Drop announcements of before then with all that was told of them; returns how many.

    Those that somebody has yet to be told stay.
    """
    open_ = exists().where(
        Notification.announcement_id == Announcement.id, Notification.state == PENDING
    )
    statement = (
        select(Announcement.id)
        .where(Announcement.fanned_out_at < before, ~open_)
        .order_by(Announcement.id)
        .limit(limit)
    )
    ids = (await tx.scalars(statement)).all()
    await tx.execute(delete(Notification).where(Notification.announcement_id.in_(ids)))
    await tx.execute(delete(Announcement).where(Announcement.id.in_(ids)))
    return len(ids)


def _told() -> Any:
    return (
        select(Notification, Announcement, NotificationChannel)
        .join(Announcement, Announcement.id == Notification.announcement_id)
        .join(NotificationChannel, NotificationChannel.id == Notification.channel_id)
    )
