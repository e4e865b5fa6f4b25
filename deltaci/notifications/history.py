"""Show what was told, to whom, and what came of it."""

from deltaci.core import Core
from deltaci.notification_states import NotificationState
from deltaci.store.notifications import HistoryFilter, Told
from deltaci.store.notifications import list_history as list_rows
from deltaci.wire.notifications import ChannelType, HistoryPage, NotificationView


async def list_history(
    core: Core, wanted: HistoryFilter, *, limit: int, cursor: str
) -> HistoryPage:
    """List notifications, newest first."""
    async with core.database.read() as tx:
        rows, next_cursor = await list_rows(tx, wanted, limit=limit, cursor=cursor)
    return HistoryPage(notifications=[view_of(row) for row in rows], next_cursor=next_cursor)


def view_of(told: Told) -> NotificationView:
    """Return a notification as it may be shown."""
    row, news, channel = told.notification, told.announcement, told.channel
    return NotificationView(
        id=row.id,
        event_type=news.event_type,
        product=news.product,
        version=news.version,
        environment=news.environment,
        status=news.status,
        occurred_at=news.occurred_at,
        channel_id=channel.id,
        channel_name=channel.name,
        channel_type=ChannelType(channel.channel_type),
        state=NotificationState(row.state),
        redelivery=row.redelivery,
        attempts=row.attempts,
        last_status=row.last_status,
        last_error=row.last_error or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        delivered_at=row.delivered_at,
    )
