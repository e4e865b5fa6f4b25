"""Make one try to tell a channel; what came of it is in the row before anybody hears of it.

A worker that dies between the receiver's answer and the row has the receiver called once more,
under the same message id: that is as far as HTTP goes.
"""

import json

from deltaci.core import Core
from deltaci.errors import DeltaError
from deltaci.notification_states import NotificationState
from deltaci.notifications.compose import compose
from deltaci.notifications.settle import settle
from deltaci.sealing import SealBrokenError
from deltaci.senders.port import (
    Config,
    NothingToSayError,
    RefusedError,
    Senders,
    UnreachedError,
)
from deltaci.store.notifications import Told, count_attempt, find_told, note_answer

DELIVERED, FAILED, DROPPED = (
    NotificationState.DELIVERED,
    NotificationState.FAILED,
    NotificationState.DROPPED,
)
CHANNEL_GONE = "the channel was deleted or switched off"
NO_SENDER = "this type of channel is switched off in the server's settings"
KEY_LOST = "the channel's configuration cannot be opened: its encryption key is gone"


class ReceiverAwayError(DeltaError):
    """The receiver did not take it; the same should be tried again later."""

    def __init__(self, message: str, retry_after_seconds: float | None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


async def deliver(core: Core, senders: Senders, notification_id: str) -> NotificationState | None:
    """Try once; returns how the notification has ended, or None when there is none.

    Raises ReceiverAwayError when it should be tried again.
    """
    async with core.database.write() as tx:
        told = await find_told(tx, notification_id)
        if told is None:
            return None
        if not await count_attempt(tx, notification_id, core.clock()):
            return NotificationState(told.notification.state)
    return await settle(core, notification_id, *await _outcome(core, senders, told))


async def _outcome(
    core: Core, senders: Senders, told: Told
) -> tuple[NotificationState, int | None, str]:
    if told.channel.deleted_at is not None or not told.channel.enabled:
        return DROPPED, None, CHANNEL_GONE
    sender = senders.get(told.channel.channel_type)
    if sender is None:
        return FAILED, None, NO_SENDER
    message = compose(told.announcement, told.channel.id, told.notification.template, core.clock())
    try:
        status = await sender.send(config_of(core, told.channel.sealed_config), message)
    except SealBrokenError:
        return FAILED, None, KEY_LOST
    except NothingToSayError as error:
        return DROPPED, None, error.message
    except RefusedError as error:
        return FAILED, error.status, error.message
    except UnreachedError as error:
        async with core.database.write() as tx:
            now = core.clock()
            await note_answer(tx, told.notification.id, error.status, error.message, now)
        raise ReceiverAwayError(error.message, error.retry_after_seconds) from error
    return DELIVERED, status, ""


def config_of(core: Core, sealed: bytes) -> Config:
    """Open a channel's configuration. Raises SealBrokenError."""
    config: Config = json.loads(core.seal.open(sealed))
    return config
