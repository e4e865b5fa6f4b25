"""A try ends in a row: delivered, failed, dropped, or to be tried again; and never twice."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.core import Core
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.notification_states import NotificationState
from deltaci.notifications.channels import change_channel, delete_channel
from deltaci.notifications.deliver import ReceiverAwayError, deliver
from deltaci.notifications.fan_out import fan_out
from deltaci.notifications.give_up import give_up
from deltaci.notifications.redeliver import redeliver
from deltaci.notifications.turn import may_deliver
from deltaci.senders.port import (
    NothingToSayError,
    RefusedError,
    Senders,
    UnreachedError,
)
from deltaci.store.tables import Effect, Notification
from deltaci.testing.row_reader import RowReader
from deltaci.wire.notifications import ChangeChannel

Announce = Callable[..., Awaitable[None]]
Subscribe = Callable[..., Awaitable[str]]


@pytest.fixture
async def pending(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> Notification:
    """A notification that nobody was told of yet."""
    await subscribe()
    await tell(payload={"scm_repository": "acme/shop", "deployed_by": "ann"})
    await fan_out(core)
    return await rows.one(Notification)


async def test_what_was_taken_is_delivered_and_not_sent_again(
    core: Core, rows: RowReader, pending: Notification, senders: Senders, sender: Any
) -> None:
    assert await deliver(core, senders, pending.id) is NotificationState.DELIVERED
    assert await deliver(core, senders, pending.id) is NotificationState.DELIVERED

    row = await rows.one(Notification)
    assert (row.state, row.attempts, row.last_status) == ("DELIVERED", 1, 204)
    assert row.delivered_at is not None
    ((config, message),) = sender.sent
    assert config == {"url": "https://hooks.example/secret-path", "secret": "a-secret-key"}
    assert message.id == f"msg_{pending.announcement_id}_{pending.channel_id}"


async def test_a_receiver_that_is_away_leaves_it_to_be_tried_again(
    core: Core, rows: RowReader, pending: Notification, senders: Senders, sender: Any
) -> None:
    sender.errors = [UnreachedError("the receiver answered 503", 503, 9.0)]

    with pytest.raises(ReceiverAwayError) as away:
        await deliver(core, senders, pending.id)

    row = await rows.one(Notification)
    assert away.value.retry_after_seconds == 9.0
    assert (row.state, row.attempts, row.last_status) == ("PENDING", 1, 503)
    assert row.last_error == "the receiver answered 503"
    assert await deliver(core, senders, pending.id) is NotificationState.DELIVERED
    first, second = (message.id for _, message in sender.sent)
    assert first == second


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RefusedError("the receiver answered 410", 410), NotificationState.FAILED),
        (NothingToSayError("CDEvents has no word for it"), NotificationState.DROPPED),
    ],
)
async def test_some_answers_are_final(
    core: Core,
    rows: RowReader,
    pending: Notification,
    senders: Senders,
    sender: Any,
    error: Exception,
    state: NotificationState,
) -> None:
    sender.errors = [error]

    assert await deliver(core, senders, pending.id) is state
    assert (await rows.one(Notification)).last_error == str(error)


async def test_nobody_is_called_for_a_channel_that_is_gone(
    core: Core, pending: Notification, senders: Senders, sender: Any
) -> None:
    await delete_channel(core, "ann", pending.channel_id)

    assert await deliver(core, senders, pending.id) is NotificationState.DROPPED
    assert sender.sent == []


async def test_a_channel_that_was_switched_off_meanwhile_is_left_alone(
    core: Core, pending: Notification, senders: Senders, sender: Any
) -> None:
    await change_channel(core, "ann", pending.channel_id, ChangeChannel(enabled=False))

    assert await deliver(core, senders, pending.id) is NotificationState.DROPPED
    assert sender.sent == []


async def test_a_type_without_a_sender_fails_with_the_reason(
    core: Core, rows: RowReader, pending: Notification
) -> None:
    assert await deliver(core, {}, pending.id) is NotificationState.FAILED
    assert "switched off" in (await rows.one(Notification)).last_error


async def test_what_nobody_knows_is_nothing_to_do(core: Core, senders: Senders) -> None:
    assert await deliver(core, senders, "ntf_unknown") is None
    assert await give_up(core, "ntf_unknown", "late") is None
    assert await may_deliver(core, "ntf_unknown")


async def test_giving_up_loses_against_a_delivery(
    core: Core, rows: RowReader, pending: Notification, senders: Senders
) -> None:
    await deliver(core, senders, pending.id)

    assert await give_up(core, pending.id, "late") is NotificationState.DELIVERED
    assert (await rows.one(Notification)).last_error == ""


async def test_a_channel_hears_of_one_subject_in_order(
    core: Core,
    rows: RowReader,
    tell: Announce,
    subscribe: Subscribe,
    senders: Senders,
) -> None:
    await subscribe()
    for event in ("deployment.started", "deployment.completed"):
        await tell(event)
    await tell("deployment.started", subject_id="dep-2")
    await fan_out(core)
    first, second, other = await rows.all(Notification)

    turns = [await may_deliver(core, each.id) for each in (first, second, other)]
    assert turns == [True, False, True]
    before = len(await rows.all(Effect))
    await deliver(core, senders, first.id)

    assert await may_deliver(core, second.id)
    fresh = (await rows.all(Effect))[before:]
    assert [effect.payload["notification_id"] for effect in fresh] == [second.id]


async def test_an_earlier_announcement_that_waits_comes_first(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> None:
    """Another worker may have fanned out what came later before what came first."""
    from sqlalchemy import update  # noqa: PLC0415 - this test's own

    from deltaci.store.tables import Announcement  # noqa: PLC0415 - as above

    await subscribe()
    await tell("deployment.started")
    await tell("deployment.completed")
    await fan_out(core)
    first, second = await rows.all(Notification)
    async with core.database.write() as tx:
        await tx.delete(await tx.get_one(Notification, first.id))
        statement = update(Announcement).where(Announcement.id == first.announcement_id)
        await tx.execute(statement.values(fanned_out_at=None))

    assert not await may_deliver(core, second.id)


async def test_what_was_given_up_lets_the_next_go(
    core: Core, rows: RowReader, tell: Announce, subscribe: Subscribe
) -> None:
    await subscribe()
    await tell("deployment.started")
    await tell("deployment.completed")
    await fan_out(core)
    first, second = await rows.all(Notification)

    await give_up(core, first.id, "the receiver is away")

    assert await may_deliver(core, second.id)
    assert (await rows.all(Notification))[0].state == "FAILED"


async def test_a_dead_letter_is_told_again_under_the_same_message_id(
    core: Core, rows: RowReader, pending: Notification, senders: Senders, sender: Any
) -> None:
    await give_up(core, pending.id, "the receiver is away")

    again = await redeliver(core, "ann", pending.id)
    await deliver(core, senders, again.id)

    assert (again.redelivery, again.state) == (1, NotificationState.PENDING)
    ((_, message),) = sender.sent
    assert message.id == f"msg_{pending.announcement_id}_{pending.channel_id}"
    states = {row.id: row.state for row in await rows.all(Notification)}
    assert states == {pending.id: "FAILED", again.id: "DELIVERED"}


async def test_only_what_has_ended_is_told_again(core: Core, pending: Notification) -> None:
    with pytest.raises(InvalidStateError):
        await redeliver(core, "ann", pending.id)
    with pytest.raises(NotFoundError):
        await redeliver(core, "ann", "ntf_unknown")


async def test_two_redeliveries_at_once_are_told_apart(
    core: Core, rows: RowReader, pending: Notification
) -> None:
    await give_up(core, pending.id, "late")

    answers = await asyncio.gather(
        *(redeliver(core, "ann", pending.id) for _ in range(4)), return_exceptions=True
    )

    made = [answer for answer in answers if not isinstance(answer, BaseException)]
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(each, InvalidStateError) for each in refused)
    numbers = sorted(row.redelivery for row in await rows.all(Notification))
    assert numbers == list(range(len(made) + 1))
