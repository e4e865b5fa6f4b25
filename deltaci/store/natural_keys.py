"""Products, versions and environments of many events at once, made known where nobody knew them.

Tables and rows are always taken in the same order, so that two transactions wait for each other
one way only. Whoever has the products has all that is reported of them until the transaction ends.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_

from deltaci.ids import new_uid
from deltaci.store.database import Transaction, is_serialised
from deltaci.store.insertion import insert_absent_rows
from deltaci.store.tables import Environment, Product, Version
from deltaci.wire.catalog import EnvironmentType, LifecycleState

VersionKey = tuple[str, str]
"""Of which product, and its text."""


async def hold_products(
    tx: Transaction, makers: Mapping[str, str], now: datetime
) -> dict[str, Product]:
    """Return products by name, and keep others from reporting about them until this ends.

    `makers` says, for each name, who makes it if nobody has.
    """
    found = await _products(tx, makers)
    absent = sorted(makers.keys() - found.keys())
    if absent:
        rows: list[dict[str, Any]] = [
            {
                "id": name,
                "uid": new_uid(),
                "is_service": False,
                "description": "",
                "artifact_sources": [],
                "repositories": [],
                "compatible_recipes": None,
                "extra_metadata": {},
                "created_by": makers[name],
                "created_at": now,
            }
            for name in absent
        ]
        await insert_absent_rows(tx, Product, rows)
        found |= await _products(tx, absent)
    return found


async def _products(tx: Transaction, names: Collection[str]) -> dict[str, Product]:
    statement = select(Product).where(Product.id.in_(names)).order_by(Product.id)
    if not is_serialised(tx):
        statement = statement.with_for_update(key_share=True)
    return {row.id: row for row in await tx.scalars(statement)}


async def ensure_versions(
    tx: Transaction, makers: Mapping[VersionKey, str], now: datetime
) -> dict[VersionKey, Version]:
    """Return versions of known products; new ones are of no commit yet. See hold_products."""
    found = await _versions(tx, makers)
    absent = [key for key in makers if key not in found]
    if absent:
        ids = {key: new_uid() for key in absent}  # in the order of arrival
        rows: list[dict[str, Any]] = [
            {
                "id": ids[key],
                "product": key[0],
                "version": key[1],
                "scm_sha": None,
                "created_by": makers[key],
                "created_at": now,
            }
            for key in sorted(absent)
        ]
        await insert_absent_rows(tx, Version, rows)
        found |= await _versions(tx, absent)
    return found


async def _versions(tx: Transaction, keys: Collection[VersionKey]) -> dict[VersionKey, Version]:
    wanted = tuple_(Version.product, Version.version).in_(list(keys))
    statement = select(Version).where(wanted).execution_options(populate_existing=True)
    return {(row.product, row.version): row for row in await tx.scalars(statement)}


async def ensure_environments(
    tx: Transaction, makers: Mapping[str, tuple[str, EnvironmentType]], now: datetime
) -> dict[str, Environment]:
    """Return environments; `makers` says of which type a new one is, too. See hold_products."""
    found = await _environments(tx, makers)
    absent = sorted(makers.keys() - found.keys())
    if absent:
        rows: list[dict[str, Any]] = [
            {
                "id": name,
                "uid": new_uid(),
                "display_name": name,
                "type": makers[name][1],
                "lifecycle_state": LifecycleState.ACTIVE,
                "description": "",
                "extra_metadata": {},
                "created_by": makers[name][0],
                "created_at": now,
                "updated_at": now,
            }
            for name in absent
        ]
        await insert_absent_rows(tx, Environment, rows)
        found |= await _environments(tx, absent)
    return found


async def _environments(tx: Transaction, names: Collection[str]) -> dict[str, Environment]:
    if not names:
        return {}
    rows = await tx.scalars(select(Environment).where(Environment.id.in_(names)))
    return {row.id: row for row in rows}
