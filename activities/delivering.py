"""Activities that tell channels of what happened."""

from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from deltaci.core import Core
from deltaci.errors import UnavailableError
from deltaci.notifications.deliver import ReceiverAwayError, deliver
from deltaci.notifications.give_up import give_up
from deltaci.notifications.turn import may_deliver
from deltaci.senders.port import Senders
from deltaci.wire.orchestration import DeliveryFailure, DeliveryStanding, NotificationRef

AWAY = "ReceiverAway"
log = structlog.get_logger(__name__)


class DeliveryActivities:
    """Looks whose turn it is, tells, and gives up."""

    def __init__(self, core: Core, senders: Senders) -> None:
        self._core = core
        self._senders = senders

    @activity.defn
    async def may_deliver(self, notification: NotificationRef) -> bool:
        """Whether nothing earlier of the same subject is left to be told on the channel."""
        return await may_deliver(self._core, notification.notification_id)

    @activity.defn
    async def deliver_notification(self, notification: NotificationRef) -> DeliveryStanding:
        """Make one try; a receiver that asks for patience is tried again after that."""
        notification_id = notification.notification_id
        try:
            state = await deliver(self._core, self._senders, notification_id)
        except ReceiverAwayError as error:
            wait = error.retry_after_seconds
            delay = None if wait is None else timedelta(seconds=wait)
            raise ApplicationError(error.message, type=AWAY, next_retry_delay=delay) from None
        except UnavailableError:
            raise
        except Exception as error:
            # What went wrong may quote an address, and Temporal keeps what it is told.
            log.exception("delivery_failed", notification=notification_id)
            raise ApplicationError(f"unexpected: {type(error).__name__}") from None
        return DeliveryStanding(notification_id=notification_id, state=state or "")

    @activity.defn
    async def give_up_notification(self, failure: DeliveryFailure) -> DeliveryStanding:
        """Put a notification aside as failed."""
        state = await give_up(self._core, failure.notification_id, failure.reason)
        return DeliveryStanding(notification_id=failure.notification_id, state=state or "")
