"""Read repositories as the API shows them."""

import re

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import repositories as store
from deltaci.store.tables import Repository
from deltaci.wire.repositories import RepositoryPage, RepositoryView

_USERINFO = re.compile(r"(?<=://)[^/@]*@")


async def read_repository(core: Core, repo_id: str) -> RepositoryView:
    """Read one. Raises NotFoundError."""
    async with core.database.read() as tx:
        repository = await store.find_repository(tx, repo_id)
    if repository is None:
        raise NotFoundError(f"no repository {repo_id!r}")
    return view_of(repository)


async def list_repositories(core: Core, *, limit: int, cursor: str) -> RepositoryPage:
    """Read one page by name."""
    async with core.database.read() as tx:
        rows, following = await store.list_repositories(tx, limit=limit, cursor=cursor)
    return RepositoryPage(repositories=[view_of(row) for row in rows], next_cursor=following)


def view_of(repository: Repository) -> RepositoryView:
    """Show a repository; credentials in its address are not for readers."""
    return RepositoryView(
        repo_id=repository.id,
        url=_USERINFO.sub("***@", repository.url),
        default_branch=repository.default_branch,
        created_at=repository.created_at,
    )
