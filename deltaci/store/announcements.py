"""What happened, for whoever wants to hear of it: written in the transaction in which it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deltaci.store.database import Transaction
from deltaci.store.tables import Announcement
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
