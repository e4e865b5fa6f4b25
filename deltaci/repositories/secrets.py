"""The secrets of a repository's webhook, so that they can be rotated without a gap."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.repositories.link import activate_secret
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.forges import find_link, remove_secret, secrets_of
from deltaci.store.tables import WebhookSecret
from deltaci.wire.forges import AddWebhookSecret, WebhookSecretList, WebhookSecretView


async def add_webhook_secret(
    core: Core, actor: str, request: AddWebhookSecret
) -> WebhookSecretView:
    """Make another secret count beside the others; one that counts already stays as it is.

    Raises NotFoundError for a repository that is not linked with a forge.
    """
    async with core.database.write() as tx:
        await _require_link(tx, request.repo_id)
        secret = request.secret.get_secret_value()
        secret_id = await activate_secret(tx, core, actor, request.repo_id, secret)
        rows = await secrets_of(tx, request.repo_id)
    return next(_view(row) for row in rows if row.id == secret_id)


async def list_webhook_secrets(core: Core, repo_id: str) -> WebhookSecretList:
    """List the active ones, oldest first, without what they are. Raises NotFoundError."""
    async with core.database.read() as tx:
        await _require_link(tx, repo_id)
        rows = await secrets_of(tx, repo_id)
    return WebhookSecretList(secrets=[_view(row) for row in rows])


async def remove_webhook_secret(core: Core, actor: str, repo_id: str, secret_id: int) -> None:
    """Take a secret away; it stops to count within `webhook_secrets_cache_seconds`.

    Raises NotFoundError.
    """
    async with core.database.write() as tx:
        if not await remove_secret(tx, repo_id, secret_id):
            raise NotFoundError(f"repository {repo_id!r} has no secret {secret_id}")
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.WEBHOOK_SECRET_REMOVED,
            subject_kind="repository",
            subject_id=repo_id,
            at=core.clock(),
            secret_id=secret_id,
        )


async def _require_link(tx: Transaction, repo_id: str) -> None:
    if await find_link(tx, repo_id) is None:
        raise NotFoundError(f"repository {repo_id!r} is not linked with a forge")


def _view(row: WebhookSecret) -> WebhookSecretView:
    return WebhookSecretView(
        id=row.id, repo_id=row.repo_id, created_by=row.created_by, created_at=row.created_at
    )
