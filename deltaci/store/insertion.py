"""Insert a row unless an equal one is there: the one way to claim a unique name."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from deltaci.store.database import Transaction, is_serialised
from deltaci.store.tables import Base
from deltaci.store.tables.base import table_of


async def insert_absent(tx: Transaction, row: type[Base], **columns: Any) -> bool:
    """Insert the row; False when one with the same key or unique columns exists.

    Of two transactions at once the later waits for the earlier, and then finds its row.
    """
    table = table_of(row)
    statement = _insert_absent(tx, table).values(**columns).returning(*table.primary_key.columns)
    return (await tx.execute(statement)).first() is not None


async def insert_absent_rows(
    tx: Transaction, row: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert those rows that are not there yet, in one round; see insert_absent."""
    if rows:
        await tx.execute(_insert_absent(tx, table_of(row)), rows)


def _insert_absent(tx: Transaction, table: Table) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if is_serialised(tx) else postgresql.insert
    return insert(table).on_conflict_do_nothing()
