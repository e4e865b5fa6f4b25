"""Make one notification of each announcement for each channel that wants to hear of it.

Everything about a batch happens in one transaction: whoever dies in the middle has done nothing,
and of two at once each takes announcements of its own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from deltaci.core import Core
from deltaci.ids import new_notification_id
from deltaci.notifications.compose import compose
from deltaci.notifications.match import who_hears
from deltaci.senders.port import Message
from deltaci.store.announcements import (
    active_preferences,
    add_notifications,
    any_waiting,
    mark_fanned_out,
    pass_over,
    take_waiting,
)
from deltaci.store.notifications import fresh_notification
from deltaci.store.outbox import EffectKind, promise_all
from deltaci.store.tables import Announcement

BATCH = 100
"""Announcements of one transaction."""
BATCH_UNHEARD = 1_000
"""As many when nobody hears of any: they cost one statement."""

Observer = Callable[[Message], None]
"""Is shown what happened after it was fanned out, at most once; it must not wait."""


async def fan_out(core: Core, observe: Observer | None = None) -> int:
    """Fan out the oldest announcements that wait; returns how many."""
    async with core.database.read() as tx:
        if not await any_waiting(tx):
            return 0
    async with core.database.write() as tx:
        now = core.clock()
        preferences = await active_preferences(tx)
        if not preferences and observe is None:
            return await pass_over(tx, BATCH_UNHEARD, now)
        taken = await take_waiting(tx, BATCH)
        rows = [
            fresh_notification(new_notification_id(), news.id, subject_key(news), now)
            | {"channel_id": channel_id, "template": preference.template}
            for news in taken
            for channel_id, preference in who_hears(news, preferences).items()
        ]
        await add_notifications(tx, rows)
        promises = [{"notification_id": row["id"]} for row in rows]
        await promise_all(tx, EffectKind.DELIVER_NOTIFICATION, promises, now)
        await mark_fanned_out(tx, [news.id for news in taken], now)
    if observe is not None:
        _show(taken, observe, now)
    return len(taken)


def subject_key(news: Announcement) -> str:
    """What an announcement is about: those with equal keys are told in order."""
    return f"{news.subject_kind}:{news.subject_id}"


def _show(taken: Sequence[Announcement], observe: Observer, now: datetime) -> None:
    for news in taken:
        observe(compose(news, "", "", now))
