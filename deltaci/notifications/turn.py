"""Whether it is a notification's turn: its channel hears of each subject in order."""

from deltaci.core import Core
from deltaci.notification_states import NotificationState
from deltaci.store.notifications import find_told, is_next


async def may_deliver(core: Core, notification_id: str) -> bool:
    """Whether nothing earlier is left to be told; true as well when there is nothing to do."""
    async with core.database.read() as tx:
        told = await find_told(tx, notification_id)
        if told is None or told.notification.state != NotificationState.PENDING:
            return True
        return await is_next(tx, told)
