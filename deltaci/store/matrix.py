"""Which version of each product is where: one statement for a page of products."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, select, true

from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.database import Transaction
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import Deployment, Environment, Product
from deltaci.store.tracking import COMPLETED, Place
from deltaci.store.tracking_reads import IDS_AT_ONCE


@dataclass(frozen=True, slots=True)
class CellRows:
    """The deployments that a cell shows."""

    current: Deployment | None
    open: Deployment | None
    last_failed: Deployment | None


async def page_of_products(
    tx: Transaction, names: Collection[str], *, limit: int, cursor: str
) -> tuple[Sequence[Product], str | None]:
    """Return one page of products by name: those named, or all that were ever deployed."""
    statement = select(Product).order_by(Product.id).limit(limit + 1)
    deployed = select(Deployment.id).where(Deployment.product == Product.id).exists()
    statement = statement.where(Product.id.in_(names) if names else deployed)
    if cursor:
        (last,) = decode_cursor(cursor, 1)
        statement = statement.where(Product.id > last)
    found = (await tx.scalars(statement)).all()
    page = found[:limit]
    return page, encode_cursor(page[-1].id) if len(found) > limit else None


async def cells(
    tx: Transaction, products: Collection[str], environments: Collection[str]
) -> dict[Place, CellRows]:
    """Read what is known of these products in these environments; nothing where nothing is."""
    if not products or not environments:
        return {}
    current = _newest(COMPLETED, by_end=True)
    open_one = _newest(DEPLOYMENT_OPEN, by_end=False)
    failed = _newest({DeploymentState.FAILED}, by_end=True)
    statement = (
        select(Product.id, Environment.id, current, open_one, failed)
        .select_from(Product)
        .join(Environment, true())
        .where(Product.id.in_(products), Environment.id.in_(environments))
    )
    found = (await tx.execute(statement)).all()
    ids = {each for _, _, *shown in found for each in shown}
    rows = await _by_id(tx, sorted(filter(None, ids)))
    return {
        (product, environment): CellRows(*(rows.get(each) for each in shown))
        for product, environment, *shown in found
        if any(shown)
    }


async def _by_id(tx: Transaction, ids: Sequence[str]) -> dict[str, Deployment]:
    rows: dict[str, Deployment] = {}
    for begin in range(0, len(ids), IDS_AT_ONCE):
        wanted = Deployment.id.in_(ids[begin : begin + IDS_AT_ONCE])
        rows |= {row.id: row for row in await tx.scalars(select(Deployment).where(wanted))}
    return rows


def _newest(states: Collection[DeploymentState], *, by_end: bool) -> ScalarSelect[str]:
    row = Deployment
    statement = select(row.id).where(
        row.product == Product.id, row.environment == Environment.id, row.state.in_(states)
    )
    if by_end:
        statement = statement.where(row.deployed_at.is_not(None)).order_by(row.deployed_at.desc())
    statement = statement.order_by(row.id.desc()).limit(1)
    return statement.correlate(Product, Environment).scalar_subquery()
