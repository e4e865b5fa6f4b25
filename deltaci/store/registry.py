"""Reading and writing products and registered builds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, and_, or_, select, update

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import Product, Registration
from deltaci.store.tables.base import table_of


@dataclass(frozen=True, slots=True)
class BuildFilter:
    """Which builds to list; empty means any."""

    product: str = ""
    version: str = ""
    git_sha: str = ""
    ci_publisher: str = ""


async def find_service(tx: Transaction, name: str) -> Product | None:
    """Read a product that somebody made known as a service."""
    product = await tx.get(Product, name)
    return product if product is not None and product.is_service else None


async def all_services(tx: Transaction) -> Sequence[Product]:
    """Read all services by name."""
    return (await tx.scalars(select(Product).where(Product.is_service).order_by(Product.id))).all()


async def claim_service(tx: Transaction, product: Product) -> bool:
    """Make a product a service, whether it was known or not; False when it is one already."""
    if await insert_absent(tx, Product, **_columns(product)):
        return True
    told = {
        "description": product.description,
        "artifact_sources": product.artifact_sources,
        "repositories": product.repositories,
    }
    statement = (
        update(Product)
        .where(Product.id == product.id, Product.is_service.is_(False))
        .values(is_service=True, **told)
    )
    result = await tx.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
    return result.rowcount == 1


async def hold_services(tx: Transaction, names: Collection[str]) -> None:
    """Keep others from changing what is said of these services, until this ends."""
    statement = select(Product.id).where(Product.id.in_(sorted(names))).order_by(Product.id)
    if names:
        await tx.execute(statement.with_for_update(key_share=True))


async def describe_service(tx: Transaction, name: str, **columns: Any) -> None:
    """Set what is said of a service."""
    await tx.execute(update(Product).where(Product.id == name).values(**columns))


async def claim_registration(tx: Transaction, registration: Registration) -> bool:
    """Insert a registration; False when its product and version have one."""
    return await insert_absent(tx, Registration, **_columns(registration))


async def find_registration(tx: Transaction, product: str, version: str) -> Registration | None:
    """Read what makes a version deployable."""
    statement = select(Registration).where(
        Registration.product == product, Registration.version == version
    )
    return await tx.scalar(statement.execution_options(populate_existing=True))


async def get_registration(tx: Transaction, build_id: str) -> Registration | None:
    """Read a registration by its id."""
    return await tx.get(Registration, build_id)


async def list_registrations(
    tx: Transaction, wanted: BuildFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[Registration], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    row = Registration
    statement = select(row).order_by(row.registered_at.desc(), row.id.desc()).limit(limit + 1)
    for column, value in (
        (row.product, wanted.product),
        (row.version, wanted.version),
        (row.git_sha, wanted.git_sha),
        (row.ci_publisher, wanted.ci_publisher),
    ):
        if value:
            statement = statement.where(column == value)
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        last = select(row.registered_at).where(row.id == last_id).scalar_subquery()
        statement = statement.where(
            or_(row.registered_at < last, and_(row.registered_at == last, row.id < last_id))
        )
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None


async def versions_of(tx: Transaction, product: str, limit: int) -> Sequence[Registration]:
    """Read a product's newest registrations."""
    statement = (
        select(Registration)
        .where(Registration.product == product)
        .order_by(Registration.registered_at.desc(), Registration.id)
        .limit(limit)
    )
    return (await tx.scalars(statement)).all()


def _columns(row: Product | Registration) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in table_of(type(row)).columns}
