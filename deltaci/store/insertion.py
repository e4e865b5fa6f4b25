"""Insert a row unless an equal one is there: the one way to claim a unique name."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from deltaci.store.database import Transaction, is_serialised
from deltaci.store.tables import Base
from deltaci.store.tables.base import table_of


async def insert_absent(tx: Transaction, row: type[Base], **columns: Any) -> bool:
    """Insert the row; False when one with the same key or unique columns exists.

    Of two transactions at once the later waits for the earlier, and then finds its row.
    """
    return bool(await insert_absent_rows(tx, row, [columns]))


async def insert_absent_rows(
    tx: Transaction, row: type[Base], rows: Sequence[Mapping[str, Any]]
) -> frozenset[tuple[Any, ...]]:
    """Insert those rows of a kind that are not there yet; returns the primary keys of these."""
    if not rows:
        return frozenset()
    insert = sqlite_insert if is_serialised(tx) else postgresql_insert
    table = table_of(row)
    statement = (
        insert(table)
        .values(list(rows))
        .on_conflict_do_nothing()
        .returning(*table.primary_key.columns)
    )
    return frozenset(tuple(key) for key in await tx.execute(statement))
