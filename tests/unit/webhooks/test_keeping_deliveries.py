"""However deliveries arrive, each event has one run, and each delivery one row."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from deltaci.core import Core
from deltaci.store.tables import Effect, Run, WebhookDelivery
from deltaci.testing.factories import REPOSITORY
from deltaci.testing.forge_webhook import opened, pushed
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock
from deltaci.vcs.port import Event, Remark
from deltaci.webhooks.deliveries import forget_old_deliveries
from deltaci.webhooks.desk import Desk
from deltaci.webhooks.keep import Receipt
from deltaci.wire.forges import WebhookAccepted

COMMAND = Remark(7, "1", "ann", "/ci rerun")


async def keep_all(desk: Desk, receipts: Sequence[Receipt]) -> list[WebhookAccepted]:
    return await asyncio.gather(*map(desk.keep, receipts))


async def test_equal_receipts_of_a_batch_are_one_row_and_one_run(
    core: Core, rows: RowReader, receipt: Any
) -> None:
    push = pushed()

    answers = await keep_all(Desk(core), [receipt(push, "d-1") for _ in range(5)])

    assert [each.outcome for each in answers] == ["RUN_CREATED"] + ["DUPLICATE"] * 4
    assert len({each.run_id for each in answers}) == 1
    row = await rows.one(WebhookDelivery)
    assert (row.receipts, row.outcome, row.run_id) == (5, "RUN_CREATED", answers[0].run_id)


async def test_refs_that_nothing_follows_from_are_told_beside_the_delivery(
    core: Core, rows: RowReader, receipt: Any
) -> None:
    (answer,) = await keep_all(Desk(core), [receipt(replace(pushed(), others=2), "d-1")])

    row = await rows.one(WebhookDelivery)
    assert (answer.outcome, row.outcome) == ("RUN_CREATED", "RUN_CREATED")
    assert row.reason == "no run for 2 more refs of the same delivery"


async def test_two_deliveries_of_one_event_in_a_batch_are_two_rows_and_one_run(
    core: Core, rows: RowReader, receipt: Any
) -> None:
    push = pushed()

    await keep_all(Desk(core), [receipt(push, "d-1"), receipt(push, "d-2")])

    kept = await rows.all(WebhookDelivery)
    assert sorted(row.outcome for row in kept) == ["DUPLICATE", "RUN_CREATED"]
    assert {row.run_id for row in kept} == {(await rows.one(Run)).id}


async def test_a_command_that_came_twice_at_once_is_looked_at_where_it_is_kept(
    core: Core, rows: RowReader, receipt: Any
) -> None:
    await keep_all(Desk(core), [receipt(COMMAND, "d-1") for _ in range(3)])
    await keep_all(Desk(core), [receipt(COMMAND, "d-1")])

    kept = await rows.one(WebhookDelivery)
    assert (await rows.one(Effect)).payload == {"delivery_id": kept.id}
    assert kept.receipts == 4


async def test_a_comment_that_two_webhooks_tell_of_is_looked_at_once(
    core: Core, rows: RowReader, receipt: Any
) -> None:
    told_twice = [receipt(COMMAND, "d-1"), receipt(COMMAND, "d-2")]
    another = receipt(replace(COMMAND, comment_id="2"), "d-3")
    asked_for_again = replace(told_twice[0], redelivery_of=told_twice[0].id, id="delivery_again")

    await keep_all(Desk(core), told_twice)
    await keep_all(Desk(core), [receipt(COMMAND, "d-4"), another, asked_for_again])

    promised = [effect.payload["delivery_id"] for effect in await rows.all(Effect)]
    assert sorted(promised) == sorted([told_twice[0].id, another.id, asked_for_again.id])
    assert len(await rows.all(WebhookDelivery)) == 5


async def test_what_came_long_ago_is_forgotten_unless_it_came_again(
    core: Core, rows: RowReader, receipt: Any, clock: SettableClock
) -> None:
    desk = Desk(core)
    old, repeated = receipt(pushed(), "old"), receipt(pushed(), "repeated")
    await keep_all(desk, [old, repeated])
    clock.advance(timedelta(days=core.settings.webhook_keep_days + 1).total_seconds())
    await keep_all(desk, [repeated, receipt(pushed(), "new")])

    assert await forget_old_deliveries(core) == 1

    assert {row.delivery_id for row in await rows.all(WebhookDelivery)} == {"repeated", "new"}
    assert len(await rows.all(Run)) == 3


EVENTS = st.lists(st.integers(0, 5), min_size=1, max_size=40)
"""Which of a few events each delivery tells of."""


def events() -> list[Event]:
    """Six events of five keys: the same commit is pushed to two branches."""
    push = pushed()
    pull_request = opened(REPOSITORY, head_sha=push.commit_sha)
    return [
        push,
        replace(push, ref="refs/heads/other"),
        replace(push, ref="refs/tags/v1"),
        pull_request,
        replace(pull_request, number=8),
        pushed(),
    ]


@given(told=EVENTS, ids=st.integers(1, 3), cut=st.integers(1, 40))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_there_are_as_many_runs_as_keys(
    core: Core, rows: RowReader, receipt: Any, told: list[int], ids: int, cut: int
) -> None:
    """Two processes receive them, each some at once, and each delivery may come several times."""
    async with core.database.write() as tx:
        await tx.execute(delete(WebhookDelivery))
    before = {run.id for run in await rows.all(Run)}
    known = events()
    calls = [receipt(known[n], f"{n}-{at % ids}") for at, n in enumerate(told)]
    halves = calls[:cut], calls[cut:]

    answers = await asyncio.gather(*(keep_all(Desk(core), half) for half in halves))

    keys = {each.decision.run.trigger.event_key for each in calls}
    runs = {run.id for run in await rows.all(Run)} - before
    told_runs = [each.run_id for half in answers for each in half]
    created = [each for half in answers for each in half if each.outcome == "RUN_CREATED"]
    assert len(runs) == len(created) == len(keys)
    assert set(told_runs) == runs
    kept = await rows.all(WebhookDelivery)
    assert sum(row.receipts for row in kept) == len(calls)
    assert len(kept) == len({each.key for each in calls})
