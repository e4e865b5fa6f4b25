"""Reading and writing webhook deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, and_, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from deltaci.store.database import Transaction, is_serialised
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import WebhookDelivery
from deltaci.store.tables.base import table_of
from deltaci.wire.forges import DeliveryOutcome


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries to list; empty means any."""

    repo_id: str = ""
    outcome: DeliveryOutcome | None = None


async def keep_deliveries(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert deliveries of different receipt keys; one that is stored already is counted there."""
    if not rows:
        return
    insert = sqlite.insert if is_serialised(tx) else postgresql.insert
    table = table_of(WebhookDelivery)
    statement = insert(table)
    counted = {
        "receipts": table.c.receipts + statement.excluded.receipts,
        "last_received_at": statement.excluded.last_received_at,
    }
    upsert = statement.on_conflict_do_update(index_elements=[table.c.receipt_key], set_=counted)
    await tx.execute(upsert, rows)


async def find_delivery(tx: Transaction, delivery_id: str) -> WebhookDelivery | None:
    """Read a delivery by our id."""
    return await tx.get(WebhookDelivery, delivery_id)


async def list_deliveries(
    tx: Transaction, wanted: DeliveryFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[WebhookDelivery], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    row = WebhookDelivery
    statement = select(row).order_by(row.received_at.desc(), row.id.desc()).limit(limit + 1)
    if wanted.repo_id:
        statement = statement.where(row.repo_id == wanted.repo_id)
    if wanted.outcome:
        statement = statement.where(row.outcome == wanted.outcome)
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        last = select(row.received_at).where(row.id == last_id).scalar_subquery()
        statement = statement.where(
            or_(row.received_at < last, and_(row.received_at == last, row.id < last_id))
        )
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None


async def forget_deliveries(tx: Transaction, before: datetime, limit: int) -> int:
    """Drop up to `limit` deliveries that were last received before then; returns how many."""
    oldest = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.received_at < before, WebhookDelivery.last_received_at < before)
        .order_by(WebhookDelivery.received_at)
        .limit(limit)
    )
    result = await tx.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(oldest)))
    assert isinstance(result, CursorResult)  # noqa: S101 - what a DELETE gives
    return result.rowcount
