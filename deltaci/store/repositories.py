"""Reading and writing repositories."""

from collections.abc import Sequence

from sqlalchemy import select

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import Repository
from deltaci.store.tables.base import table_of


async def find_repository(tx: Transaction, repo_id: str) -> Repository | None:
    """Read a repository."""
    return await tx.get(Repository, repo_id)


async def claim_repository(tx: Transaction, repository: Repository) -> bool:
    """Insert a repository; False when its name is taken."""
    columns = {
        column.key: getattr(repository, column.key) for column in table_of(Repository).columns
    }
    return await insert_absent(tx, Repository, **columns)


async def list_repositories(
    tx: Transaction, *, limit: int, cursor: str = ""
) -> tuple[Sequence[Repository], str | None]:
    """Return one page by name, and the cursor of the next page if there is one."""
    statement = select(Repository).where(Repository.url != "").order_by(Repository.id)
    statement = statement.limit(limit + 1)
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        statement = statement.where(Repository.id > last_id)
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None
