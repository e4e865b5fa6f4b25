"""The history ends where the settings say, and never before everybody was told."""

from collections.abc import Awaitable, Callable

from deltaci.core import Core
from deltaci.notifications.fan_out import fan_out
from deltaci.notifications.forget import forget_old_notifications
from deltaci.notifications.give_up import give_up
from deltaci.store.tables import Announcement, Notification
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock

DAY_SECONDS = 86_400


async def test_what_was_told_long_ago_is_forgotten(
    core: Core,
    clock: SettableClock,
    rows: RowReader,
    tell: Callable[..., Awaitable[None]],
    subscribe: Callable[..., Awaitable[str]],
) -> None:
    await subscribe("deployment.*")
    for event in ("deployment.started", "deployment.completed", "build.completed"):
        await tell(event)
    await fan_out(core)
    told, waiting = await rows.all(Notification)
    await give_up(core, told.id, "late")

    assert await forget_old_notifications(core) == 0
    clock.advance(91 * DAY_SECONDS)
    await tell("build.started")
    assert await forget_old_notifications(core) == 2

    assert [row.id for row in await rows.all(Notification)] == [waiting.id]
    left = [row.event_type for row in await rows.all(Announcement)]
    assert left == ["deployment.completed", "build.started"]
