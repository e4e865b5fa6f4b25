"""Reading and writing where repositories are on their forges, and the secrets of their webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, select

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import ForgeLink, Repository, WebhookSecret


@dataclass(frozen=True, slots=True)
class Linked:
    """A repository as its forge knows it, with the sealed secrets of its webhook."""

    repository: Repository
    link: ForgeLink
    sealed_secrets: tuple[bytes, ...]


def key_of(full_name: str) -> str:
    """Return the form by which names are compared: forges do not tell cases apart."""
    return full_name.casefold()


async def find_linked(tx: Transaction, provider: str, full_name: str) -> Linked | None:
    """Find the repository that a forge calls so."""
    statement = (
        select(Repository, ForgeLink)
        .join(ForgeLink, ForgeLink.repo_id == Repository.id)
        .where(ForgeLink.provider == provider, ForgeLink.full_name_key == key_of(full_name))
    )
    found = (await tx.execute(statement)).first()
    if found is None:
        return None
    repository, link = found
    secrets = await secrets_of(tx, repository.id)
    return Linked(repository, link, tuple(secret.sealed for secret in secrets))


async def find_link(tx: Transaction, repo_id: str) -> ForgeLink | None:
    """Read where a repository is on its forge."""
    return await tx.get(ForgeLink, repo_id, populate_existing=True)


async def links_of(tx: Transaction, repo_ids: Sequence[str]) -> dict[str, ForgeLink]:
    """Read the links of several repositories."""
    if not repo_ids:
        return {}
    rows = await tx.scalars(select(ForgeLink).where(ForgeLink.repo_id.in_(repo_ids)))
    return {link.repo_id: link for link in rows}


async def claim_link(tx: Transaction, **columns: Any) -> bool:
    """Insert a link; False when the repository has one, or another repository has that place."""
    return await insert_absent(tx, ForgeLink, **columns)


async def count_secrets(tx: Transaction, repo_ids: Sequence[str]) -> dict[str, int]:
    """Count the active secrets of several repositories' webhooks; none are left out."""
    if not repo_ids:
        return {}
    statement = (
        select(WebhookSecret.repo_id, func.count().label("number"))
        .where(WebhookSecret.repo_id.in_(repo_ids))
        .group_by(WebhookSecret.repo_id)
    )
    rows = await tx.execute(statement)
    return {row.repo_id: row.number for row in rows}


async def secrets_of(tx: Transaction, repo_id: str) -> Sequence[WebhookSecret]:
    """Read the active secrets of a repository's webhook, oldest first."""
    statement = (
        select(WebhookSecret).where(WebhookSecret.repo_id == repo_id).order_by(WebhookSecret.id)
    )
    return (await tx.scalars(statement)).all()


async def add_secret(
    tx: Transaction, repo_id: str, sealed: bytes, actor: str, now: datetime
) -> WebhookSecret:
    """Add an active secret."""
    secret = WebhookSecret(repo_id=repo_id, sealed=sealed, created_by=actor, created_at=now)
    tx.add(secret)
    await tx.flush()
    return secret


async def remove_secret(tx: Transaction, repo_id: str, secret_id: int) -> bool:
    """Remove a secret; False when the repository has none of this id."""
    result = await tx.execute(
        delete(WebhookSecret).where(WebhookSecret.repo_id == repo_id, WebhookSecret.id == secret_id)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - what a DELETE gives
    return bool(result.rowcount)
