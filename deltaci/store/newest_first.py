"""Pages of rows, the newest first, for tables whose rows are ordered by a moment and their id."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from deltaci.store.database import Transaction
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables.base import Base

Row = TypeVar("Row", bound=Base)


async def page_of(
    tx: Transaction,
    rows: Select[Row],
    moment: InstrumentedAttribute[object],
    row_id: InstrumentedAttribute[str],
    *,
    limit: int,
    cursor: str = "",
) -> tuple[Sequence[Row], str | None]:
    """Return one page of a selection, and the cursor of the next page if there is one."""
    rows = rows.order_by(moment.desc(), row_id.desc()).limit(limit + 1)
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        last = select(moment).where(row_id == last_id).scalar_subquery()
        # The bound alone lets a database begin in the middle of an index; of `or` it cannot.
        rows = rows.where(moment <= last, or_(moment < last, row_id < last_id))
    found = (await tx.scalars(rows)).all()
    page = found[:limit]
    last_of_page = str(getattr(page[-1], row_id.key)) if page else ""
    return page, encode_cursor(last_of_page) if len(found) > limit else None
