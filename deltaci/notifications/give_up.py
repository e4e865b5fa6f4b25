"""Put a notification aside that could not be told in time."""

from deltaci.core import Core
from deltaci.notification_states import NotificationState
from deltaci.notifications.settle import settle

REASON_MAX = 500


async def give_up(core: Core, notification_id: str, reason: str) -> NotificationState | None:
    """Note that it failed, unless it was told after all; returns how it has ended."""
    return await settle(core, notification_id, NotificationState.FAILED, error=reason[:REASON_MAX])
