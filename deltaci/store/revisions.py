"""Rows that admins change: a change counts only for the revision that it was made of.

Losing the race is a normal result: the row has moved on, and nothing is changed.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import (
    DeliveryGroup,
    DeployRecipe,
    Environment,
    GroupEnvironment,
    Product,
    Route,
)
from deltaci.store.tables.base import table_of

Revised = Environment | DeliveryGroup | GroupEnvironment | DeployRecipe | Route
Named = Environment | DeliveryGroup | DeployRecipe


async def claim_row(tx: Transaction, row: Revised) -> bool:
    """Insert a row; False when there is one with its key."""
    columns = table_of(type(row)).columns
    values = {column.key: getattr(row, column.key) for column in columns}
    return await insert_absent(tx, type(row), **values)


async def change_row(tx: Transaction, row: Revised, **columns: Any) -> bool:
    """Set columns if the row is still as it was read, and let it follow; False if it is not."""
    columns["revision"] = row.revision + 1
    table = table_of(type(row))
    statement = update(table).where(*_as_it_was(row)).values(**columns)
    result = await tx.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
    if result.rowcount != 1:
        return False
    for name, value in columns.items():
        set_committed_value(row, name, value)
    return True


async def remove_row(tx: Transaction, row: Revised) -> bool:
    """Delete a row if it is still as it was read and nothing refers to it; False if not."""
    try:
        async with tx.begin_nested():
            result = await tx.execute(delete(table_of(type(row))).where(*_as_it_was(row)))
    except IntegrityError:
        return False
    assert isinstance(result, CursorResult)  # noqa: S101 - what a DELETE gives
    return result.rowcount == 1


async def page_of(
    tx: Transaction, kind: type[Named], *, limit: int, cursor: str = ""
) -> tuple[list[Any], str | None]:
    """Return one page of rows by id, and the cursor of the next page if there is one."""
    statement = select(kind).order_by(kind.id).limit(limit + 1)
    if cursor:
        (after,) = decode_cursor(cursor, 1)
        statement = statement.where(kind.id > after)
    rows: list[Any] = list(await tx.scalars(statement))
    page = rows[:limit]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None


async def hold_known(
    tx: Transaction, kind: type[Named | Product], wanted: Collection[str]
) -> frozenset[str]:
    """Return which of these ids exist, and keep them from being removed until the commit."""
    if not wanted:
        return frozenset()
    statement = select(kind.id).where(kind.id.in_(sorted(wanted))).order_by(kind.id)
    if kind is Product:
        statement = statement.where(Product.is_service)
    return frozenset(await tx.scalars(statement.with_for_update(read=True, key_share=True)))


def _as_it_was(row: Revised) -> list[Any]:
    table = table_of(type(row))
    keys = [column == getattr(row, column.key) for column in table.primary_key.columns]
    return [*keys, table.c.revision == row.revision]
