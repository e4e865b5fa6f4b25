"""Reading and writing repositories."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from deltaci.store.database import Transaction
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import Repository


async def find_repository(tx: Transaction, repo_id: str) -> Repository | None:
    """Read a repository."""
    return await tx.get(Repository, repo_id)


async def claim_repository(tx: Transaction, repository: Repository) -> bool:
    """Insert a repository; False when its name is taken."""
    if await tx.get(Repository, repository.id) is not None:
        return False
    try:
        async with tx.begin_nested():
            tx.add(repository)
    except IntegrityError:
        return False
    return True


async def list_repositories(
    tx: Transaction, *, limit: int, cursor: str = ""
) -> tuple[Sequence[Repository], str | None]:
    """Return one page by name, and the cursor of the next page if there is one."""
    statement = select(Repository).order_by(Repository.id).limit(limit + 1)
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        statement = statement.where(Repository.id > last_id)
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None
