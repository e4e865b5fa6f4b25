"""Events at once, again, and out of order, on each database; two desks are two processes."""

import asyncio

import pytest

from deltaci.core import Core
from deltaci.errors import IdempotencyConflictError
from deltaci.store.tables import Announcement, Build, Deployment, Environment, Product, Version
from deltaci.testing.row_reader import RowReader
from deltaci.testing.teller import Teller


async def test_twenty_first_events_at_once_make_one_of_everything(
    core: Core, rows: RowReader
) -> None:
    tellers = [Teller(core) for _ in range(4)]
    records = await asyncio.gather(
        *(tellers[n % 4].deployment(invoke_id=f"run-{n}") for n in range(20))
    )

    assert len({record["id"] for record in records}) == 20
    for table in (Product, Version, Environment):
        assert len(await rows.all(table)) == 1
    changes = [str(row.change) for row in await rows.all(Deployment)]
    assert sorted(changes) == ["first", *["redeploy"] * 19]


async def test_one_start_told_by_many_at_once_is_one_deployment(
    core: Core, rows: RowReader
) -> None:
    tellers = [Teller(core) for _ in range(4)]
    records = await asyncio.gather(
        *(tellers[n % 4].deployment(status="started", completed_at=None) for n in range(12))
    )
    ended = await asyncio.gather(*(each.deployment(status="success") for each in tellers))

    assert len({record["id"] for record in records}) == 1
    assert len({record["id"] for record in ended}) == 4
    assert {record["id"] for record in records} < {record["id"] for record in ended}
    told = [each.event_type for each in await rows.all(Announcement)]
    assert sorted(told) == [*["deployment.completed"] * 4, "deployment.started"]


async def test_many_products_in_any_order_never_wait_for_each_other_in_a_ring(
    core: Core, rows: RowReader
) -> None:
    tellers = [Teller(core) for _ in range(4)]
    names = [f"p{n}" for n in range(10)]
    orders = [names, names[::-1], names[5:] + names[:5], names[::2] + names[1::2]]
    await asyncio.gather(
        *(
            teller.deployment(product_name=name, environment_name=f"e-{name}")
            for teller, order in zip(tellers, orders, strict=True)
            for name in order
        )
    )

    assert len(await rows.all(Product)) == 10
    assert len(await rows.all(Deployment)) == 40


async def test_a_key_gives_the_first_answer_again_at_once_and_later(
    core: Core, rows: RowReader
) -> None:
    tellers = [Teller(core) for _ in range(4)]
    metadata = {"exact": 12345678901234567890}
    records = await asyncio.gather(
        *(tellers[n % 4].build("key-1", extra_metadata=metadata) for n in range(12))
    )
    later = await tellers[0].build("key-1", extra_metadata=metadata)

    assert all(record == later for record in records)
    assert len(await rows.all(Build)) == 1


async def test_a_key_of_another_event_is_a_conflict(teller: Teller) -> None:
    await teller.build("key-1")
    with pytest.raises(IdempotencyConflictError):
        await teller.build("key-1", version="1.2.4")
    await teller.deployment("key-1")  # keys of the other kind are others


async def test_events_in_one_batch_see_each_other(teller: Teller, rows: RowReader) -> None:
    statuses = ["pending", "started", "completed"]
    records = await asyncio.gather(
        *(teller.deployment(status=status, completed_at=None) for status in statuses)
    )

    assert len({record["id"] for record in records}) == 1
    assert [record["status"] for record in records] == statuses
    (row,) = await rows.all(Deployment)
    assert (row.state, row.change) == ("SUCCEEDED", "first")


async def test_a_refused_event_takes_no_other_of_its_batch_along(
    teller: Teller, rows: RowReader
) -> None:
    await teller.build()
    answers = await asyncio.gather(
        teller.build(invoke_id="1"),
        teller.build(invoke_id="2", scm_sha="f" * 40),
        teller.build(invoke_id="3"),
        return_exceptions=True,
    )

    assert [isinstance(answer, Exception) for answer in answers] == [False, True, False]
    assert len(await rows.all(Build)) == 3
