"""Read repositories as the API shows them."""

import re

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import repositories as store
from deltaci.store.database import Transaction
from deltaci.store.forges import count_secrets, find_link, links_of
from deltaci.store.tables import ForgeLink, Repository
from deltaci.wire.forges import Provider
from deltaci.wire.repositories import RepositoryPage, RepositoryView

_USERINFO = re.compile(r"(?<=://)[^/@]*@")


async def read_repository(core: Core, repo_id: str) -> RepositoryView:
    """Read one. Raises NotFoundError."""
    async with core.database.read() as tx:
        repository = await store.find_repository(tx, repo_id)
        if repository is None:
            raise NotFoundError(f"no repository {repo_id!r}")
        return await view_of(tx, repository)


async def list_repositories(core: Core, *, limit: int, cursor: str) -> RepositoryPage:
    """Read one page by name."""
    async with core.database.read() as tx:
        rows, following = await store.list_repositories(tx, limit=limit, cursor=cursor)
        ids = [row.id for row in rows]
        links, secrets = await links_of(tx, ids), await count_secrets(tx, ids)
    views = [_view(row, links.get(row.id), secrets.get(row.id, 0)) for row in rows]
    return RepositoryPage(repositories=views, next_cursor=following)


async def view_of(tx: Transaction, repository: Repository) -> RepositoryView:
    """Show a repository as it is in this transaction."""
    link = await find_link(tx, repository.id)
    secrets = await count_secrets(tx, [repository.id])
    return _view(repository, link, secrets.get(repository.id, 0))


def _view(repository: Repository, link: ForgeLink | None, secrets: int) -> RepositoryView:
    """Credentials in its address are not for readers."""
    return RepositoryView(
        repo_id=repository.id,
        url=_USERINFO.sub("***@", repository.url),
        default_branch=repository.default_branch,
        created_at=repository.created_at,
        provider=Provider(link.provider) if link else None,
        full_name=link.full_name if link else None,
        webhook_secrets=secrets if link else None,
        has_token=link.sealed_token is not None if link else None,
    )
