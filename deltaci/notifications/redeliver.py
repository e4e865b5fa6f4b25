"""Have something told again."""

from deltaci.core import Core
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.ids import new_notification_id
from deltaci.notification_states import NotificationState
from deltaci.notifications.history import view_of
from deltaci.store import audit
from deltaci.store.notifications import add_redelivery, find_told
from deltaci.store.outbox import EffectKind, promise
from deltaci.wire.notifications import NotificationView


async def redeliver(core: Core, actor: str, notification_id: str) -> NotificationView:
    """Tell what a notification told once more, as a notification of its own.

    The receiver sees the same message id. Raises NotFoundError, and InvalidStateError while the
    notification is still being tried, its channel is gone, or somebody else just did the same.
    """
    async with core.database.write() as tx:
        told = await find_told(tx, notification_id)
        if told is None:
            raise NotFoundError("no such notification")
        if told.notification.state == NotificationState.PENDING:
            raise InvalidStateError("it is still being tried")
        if told.channel.deleted_at is not None:
            raise InvalidStateError("its channel was deleted")
        now, fresh_id = core.clock(), new_notification_id()
        if not await add_redelivery(tx, fresh_id, told.notification, now):
            raise InvalidStateError("somebody else has it told again")
        payload = {"notification_id": fresh_id}
        await promise(tx, EffectKind.DELIVER_NOTIFICATION, payload, now)
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.NOTIFICATION_REDELIVERED,
            subject_kind="notification",
            subject_id=notification_id,
            at=now,
            redelivered_as=fresh_id,
        )
        fresh = await find_told(tx, fresh_id)
    assert fresh is not None  # noqa: S101 - added above
    return view_of(fresh)
