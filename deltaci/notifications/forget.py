"""Drop what was told so long ago that nobody asks any more."""

from datetime import timedelta

from deltaci.core import Core
from deltaci.store.notifications import forget_told

BATCH = 500


async def forget_old_notifications(core: Core) -> int:
    """Drop some of what is older than `notifications.keep_days`; returns how many."""
    kept = timedelta(days=core.settings.notifications.keep_days)
    async with core.database.write() as tx:
        return await forget_told(tx, core.clock() - kept, BATCH)
