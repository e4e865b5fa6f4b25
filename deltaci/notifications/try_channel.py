"""Send a test message to a channel, now, so that whoever set it up sees whether it works."""

from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.ids import new_uid
from deltaci.notifications.channels import require_channel
from deltaci.notifications.compose import compose
from deltaci.notifications.deliver import KEY_LOST, NO_SENDER, config_of
from deltaci.sealing import SealBrokenError
from deltaci.senders.port import SenderError, Senders
from deltaci.states import TrackingStatus
from deltaci.store import audit
from deltaci.store.tables import Announcement, NotificationChannel
from deltaci.wire.notifications import TestResult

EVENT = "deployment.completed"
TEST = "delta-ci-test"


async def try_channel(core: Core, senders: Senders, actor: str, channel_id: str) -> TestResult:
    """Send a made-up event once; returns what came of it.

    Raises NotFoundError, and InvalidStateError when nothing can be sent.
    """
    async with core.database.write() as tx:
        channel = await require_channel(tx, channel_id)
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.NOTIFICATION_CHANNEL_TESTED,
            subject_kind="channel",
            subject_id=channel_id,
            at=core.clock(),
        )
    return await _send(core, senders, channel)


async def _send(core: Core, senders: Senders, channel: NotificationChannel) -> TestResult:
    sender = senders.get(channel.channel_type)
    if sender is None:
        raise InvalidStateError(NO_SENDER)
    message = compose(_made_up(core), channel.id, "", core.clock())
    try:
        status = await sender.send(config_of(core, channel.sealed_config), message)
    except SealBrokenError as error:
        raise InvalidStateError(KEY_LOST) from error
    except SenderError as error:
        return TestResult(delivered=False, status=error.status, error=error.message)
    return TestResult(delivered=True, status=status, error=None)


def _made_up(core: Core) -> Announcement:
    """A deployment that never was, told as if by a database that it never reaches."""
    return Announcement(
        id=new_uid(),
        event_type=EVENT,
        subject_kind="deployment",
        subject_id=TEST,
        product=TEST,
        version="0.0.0",
        environment="test",
        status=TrackingStatus.COMPLETED,
        payload={"deployer": "Delta CI", "preflight_status": None},
        occurred_at=core.clock(),
    )
