"""What a notification's workflow is given when it starts."""

from deltaci.settings import Settings
from deltaci.wire.orchestration import DeliveryOrder

HOUR_SECONDS = 3_600


def order_of_delivery(settings: Settings, notification_id: str) -> DeliveryOrder:
    """Fix the workflow's waits, so that replays agree."""
    return DeliveryOrder(
        notification_id=notification_id,
        give_up_seconds=settings.notifications.give_up_hours * HOUR_SECONDS,
        try_seconds=settings.notifications.timeout_seconds,
    )
