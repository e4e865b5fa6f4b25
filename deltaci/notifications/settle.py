"""End a notification, and let the next of its subject be told."""

from typing import Any

from deltaci.core import Core
from deltaci.notification_states import NotificationState
from deltaci.states import IllegalTransitionError
from deltaci.store.notifications import find_told, move_notification, next_pending
from deltaci.store.outbox import EffectKind, promise


async def settle(
    core: Core,
    notification_id: str,
    state: NotificationState,
    status: int | None = None,
    error: str = "",
) -> NotificationState | None:
    """End it like this unless it has ended; returns how it has, None when there is none."""
    async with core.database.write() as tx:
        told = await find_told(tx, notification_id)
        if told is None:
            return None
        now, row = core.clock(), told.notification
        columns: dict[str, Any] = {"last_error": error}
        if status is not None:
            columns["last_status"] = status
        if state is NotificationState.DELIVERED:
            columns["delivered_at"] = now
        try:
            await move_notification(tx, row, state, now, **columns)
        except IllegalTransitionError:
            return NotificationState(row.state)
        following = await next_pending(tx, row)
        if following is not None:
            payload = {"notification_id": following}
            await promise(tx, EffectKind.DELIVER_NOTIFICATION, payload, now)
    return state
