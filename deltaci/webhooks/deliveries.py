"""Look at kept deliveries, look at one again, and drop old ones."""

import zlib
from datetime import timedelta

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import audit
from deltaci.store import deliveries as store
from deltaci.store.tables import WebhookDelivery
from deltaci.vcs.port import Delivery, Forges, Provider
from deltaci.webhooks.receive import Reception
from deltaci.wire.forges import DeliveryPage, DeliveryView, WebhookAccepted

FORGET_BATCH = 200


async def list_deliveries(
    core: Core, wanted: store.DeliveryFilter, *, limit: int, cursor: str
) -> DeliveryPage:
    """Read one page, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_deliveries(tx, wanted, limit=limit, cursor=cursor)
    return DeliveryPage(deliveries=[_view(row) for row in rows], next_cursor=following)


async def redeliver(
    core: Core, forges: Forges, reception: Reception, actor: str, delivery_id: str
) -> WebhookAccepted:
    """Do with a kept delivery what would be done with it today; it is kept once more.

    A run that exists for its event is the answer, as ever. Raises NotFoundError.
    """
    async with core.database.write() as tx:
        row = await store.find_delivery(tx, delivery_id)
        if row is None or Provider(row.provider) not in forges:
            raise NotFoundError(f"no delivery {delivery_id!r}")
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.WEBHOOK_REDELIVERED,
            subject_kind="delivery",
            subject_id=delivery_id,
            at=core.clock(),
        )
    return await reception.redeliver(Provider(row.provider), reread(forges, row), delivery_id)


def reread(forges: Forges, row: WebhookDelivery) -> Delivery:
    """Read a kept delivery as it was read when it came."""
    webhooks = forges[Provider(row.provider)].webhooks
    return webhooks.read(dict(row.headers), zlib.decompress(row.body))


async def forget_old_deliveries(core: Core) -> int:
    """Drop a batch of deliveries older than `webhook_keep_days`; returns how many there were."""
    before = core.clock() - timedelta(days=core.settings.webhook_keep_days)
    async with core.database.write() as tx:
        return await store.forget_deliveries(tx, before, FORGET_BATCH)


def _view(row: WebhookDelivery) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        provider=Provider(row.provider),
        delivery_id=row.delivery_id,
        event=row.event,
        full_name=row.full_name,
        repo_id=row.repo_id,
        ref=row.ref,
        commit_sha=row.commit_sha,
        pr_number=row.pr_number,
        outcome=row.outcome,
        reason=row.reason,
        run_id=row.run_id,
        redelivery_of=row.redelivery_of,
        receipts=row.receipts,
        received_at=row.received_at,
        last_received_at=row.last_received_at,
    )
