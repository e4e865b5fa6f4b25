"""Deliveries that arrive together share a transaction, and nothing else."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from deltaci.core import Core
from deltaci.errors import UnavailableError
from deltaci.store.tables import Run, WebhookDelivery
from deltaci.testing.forge_webhook import pushed
from deltaci.testing.row_reader import RowReader
from deltaci.webhooks.desk import Desk
from deltaci.webhooks.keep import Receipt, keep_receipts
from deltaci.wire.forges import WebhookAccepted

KEEP = "deltaci.webhooks.desk.keep_receipts"


async def keep_all(desk: Desk, receipts: Sequence[Receipt]) -> list[Any]:
    return await asyncio.gather(*map(desk.keep, receipts), return_exceptions=True)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many receipts each transaction was for."""
    sizes: list[int] = []

    async def counting(tx: Any, core: Core, receipts: Sequence[Receipt]) -> Any:
        sizes.append(len(receipts))
        return await keep_receipts(tx, core, receipts)

    monkeypatch.setattr(KEEP, counting)
    return sizes


async def test_those_that_arrive_together_share_a_transaction(
    core: Core, rows: RowReader, receipt: Any, batches: list[int]
) -> None:
    answers = await keep_all(Desk(core), [receipt(pushed()) for _ in range(150)])

    assert [answer.outcome for answer in answers] == ["RUN_CREATED"] * 150
    assert batches == [64, 64, 22]
    assert len(await rows.all(Run)) == 150


async def test_runs_are_in_the_order_of_arrival(core: Core, receipt: Any) -> None:
    answers = await keep_all(Desk(core), [receipt(pushed()) for _ in range(150)])

    run_ids = [answer.run_id for answer in answers]
    assert run_ids == sorted(run_ids)


async def test_a_bad_receipt_takes_no_other_along(
    core: Core, rows: RowReader, receipt: Any, batches: list[int]
) -> None:
    bad = receipt(pushed(), repo_id="acme/never-registered")
    receipts = [receipt(pushed()), bad, receipt(pushed())]

    answers = await keep_all(Desk(core), receipts)

    assert isinstance(answers[1], IntegrityError)
    assert [answers[n].outcome for n in (0, 2)] == ["RUN_CREATED"] * 2
    assert batches == [3, 1, 1, 1]
    assert {row.id for row in await rows.all(Run)} == {answers[0].run_id, answers[2].run_id}
    assert len(await rows.all(WebhookDelivery)) == 2


async def test_everybody_is_told_that_the_database_is_away_and_the_next_may_succeed(
    core: Core, receipt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("locked"))

    desk = Desk(core)
    receipts = [receipt(pushed()) for _ in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(KEEP, away)
        refused = await keep_all(desk, receipts)
    answers = await keep_all(desk, receipts)

    assert [type(each) for each in refused] == [UnavailableError] * 3
    assert [each.outcome for each in answers] == ["RUN_CREATED"] * 3


async def test_who_hangs_up_leaves_the_others_their_answers(
    core: Core, rows: RowReader, receipt: Any
) -> None:
    desk = Desk(core)
    waiting = [asyncio.create_task(desk.keep(receipt(pushed()))) for _ in range(3)]
    await asyncio.sleep(0)  # they are at the desk now

    waiting[0].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(answers[0], asyncio.CancelledError)
    assert all(isinstance(each, WebhookAccepted) for each in answers[1:])
    assert len(await rows.all(Run)) == 3


async def test_when_too_many_wait_the_next_are_sent_away(
    core: Core, receipt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deltaci.webhooks.desk.WAITING_MAX", 2)

    answers = await keep_all(Desk(core), [receipt(pushed()) for _ in range(3)])

    assert [type(each) for each in answers] == [WebhookAccepted, WebhookAccepted, UnavailableError]
