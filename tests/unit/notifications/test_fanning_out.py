"""Each announcement becomes one notification for each channel that wants it, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.core import Core
from deltaci.notifications import fan_out as fanning
from deltaci.notifications.channels import change_channel, delete_channel
from deltaci.notifications.fan_out import fan_out
from deltaci.store.tables import Announcement, Effect, Notification
from deltaci.testing.row_reader import RowReader
from deltaci.wire.notifications import ChangeChannel

Announce = Callable[..., Awaitable[None]]
Subscribe = Callable[..., Awaitable[str]]


async def test_nothing_to_fan_out_is_fine(core: Core) -> None:
    assert await fan_out(core) == 0


async def test_a_channel_hears_once_and_its_delivery_is_promised_with_it(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> None:
    channel = await subscribe("deployment.*")
    await tell()

    assert await fan_out(core) == 1
    assert await fan_out(core) == 0

    notification = await rows.one(Notification)
    effect = await rows.one(Effect)
    assert (notification.channel_id, notification.state) == (channel, "PENDING")
    assert notification.subject_key == "deployment:dep-1"
    assert effect.kind == "deliver_notification"
    assert effect.payload == {"notification_id": notification.id}
    assert (await rows.one(Announcement)).fanned_out_at is not None


async def test_two_at_once_make_one_notification_of_each(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> None:
    await subscribe()
    for number in range(30):
        await tell(subject_id=f"dep-{number}")

    await asyncio.gather(*(fan_out(core) for _ in range(6)))
    while await fan_out(core):
        pass

    notifications = await rows.all(Notification)
    assert len(notifications) == 30
    assert len({each.announcement_id for each in notifications}) == 30
    assert len(await rows.all(Effect)) == 30


async def test_whoever_dies_in_the_middle_has_done_nothing(
    core: Core,
    rows: RowReader,
    tell: Announce,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await subscribe()
    await tell()

    async def die(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(fanning, "mark_fanned_out", die)
        with pytest.raises(RuntimeError):
            await fan_out(core)
    assert await rows.all(Notification) == []

    assert await fan_out(core) == 1
    assert len(await rows.all(Notification)) == len(await rows.all(Effect)) == 1


async def test_without_preferences_a_thousand_cost_one_statement(
    core: Core, rows: RowReader, tell: Announce, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await tell(subject_id=f"dep-{number}")

    async def unexpected(*_: Any) -> None:
        raise AssertionError("announcements were read one by one")

    monkeypatch.setattr(fanning, "take_waiting", unexpected)

    assert await fan_out(core) == 5
    assert await rows.all(Announcement, Announcement.fanned_out_at.is_(None)) == []


async def test_batches_are_bounded_and_in_order(
    core: Core,
    rows: RowReader,
    tell: Announce,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanning, "BATCH", 2)
    await subscribe()
    for number in range(3):
        await tell(subject_id=f"dep-{number}")

    assert [await fan_out(core) for _ in range(3)] == [2, 1, 0]
    notifications = sorted(await rows.all(Notification), key=lambda each: each.id)
    assert [each.announcement_id for each in notifications] == sorted(
        each.announcement_id for each in notifications
    )


@pytest.mark.parametrize(
    ("wanted", "filters", "hears"),
    [
        ("deployment.completed", {}, True),
        ("deployment.*", {}, True),
        ("*", {}, True),
        ("deployment.failed", {}, False),
        ("build.*", {}, False),
        ("*", {"products": ["shop"]}, True),
        ("*", {"products": ["sho"]}, False),
        ("*", {"products": ["sh*"], "environments": ["prod*"]}, True),
        ("*", {"products": ["shop"], "environments": ["test", "qa"]}, False),
        ("*", {"statuses": ["failed", "completed"]}, True),
        ("*", {"statuses": ["failed"]}, False),
    ],
)
async def test_a_channel_hears_of_what_it_asked_for(
    core: Core,
    rows: RowReader,
    tell: Announce,
    subscribe: Subscribe,
    wanted: str,
    filters: dict[str, list[str]],
    hears: bool,
) -> None:
    await subscribe(wanted, **filters)
    await tell()

    await fan_out(core)

    assert bool(await rows.all(Notification)) is hears


async def test_of_several_preferences_the_most_exact_one_counts(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> None:
    from deltaci.notifications.preferences import add_preference  # noqa: PLC0415 - this test's own
    from deltaci.wire.notifications import CreatePreference  # noqa: PLC0415 - as above

    channel = await subscribe("*", template="any")
    for event, template in (("deployment.*", "group"), ("deployment.completed", "exact")):
        request = CreatePreference(channel_id=channel, event_type=event, template=template)
        await add_preference(core, "ann", request)
    await tell()

    await fan_out(core)

    assert (await rows.one(Notification)).template == "exact"


async def test_a_channel_that_is_off_or_deleted_hears_nothing(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> None:
    off, gone = await subscribe(name="off"), await subscribe(name="gone")
    await change_channel(core, "ann", off, ChangeChannel(enabled=False))
    await delete_channel(core, "ann", gone)
    await tell()

    assert await fan_out(core) == 1

    assert await rows.all(Notification) == []


async def test_a_request_is_filtered_by_the_environments_that_it_names(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> None:
    await subscribe("dr.*", environments=["production"])
    for names in (["test"], ["test", "production"]):
        payload = {"environment_names": names}
        await tell("dr.created", environment=None, status=None, payload=payload)

    await fan_out(core)

    assert len(await rows.all(Notification)) == 1
