"""Events that share a transaction, and what goes wrong in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deltaci.core import Core
from deltaci.errors import UnavailableError
from deltaci.store import tracking as store
from deltaci.store.database import Transaction
from deltaci.store.tables import Build, Product, TrackedEvent
from deltaci.testing.row_reader import RowReader
from deltaci.testing.teller import Teller
from deltaci.tracking import record
from deltaci.tracking.record_build import record_build

POISON = "poison"


class PoisonedError(RuntimeError):
    """A mistake of ours that only one event brings to light."""


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let events of one version fail after they were read and before they are written."""

    async def fail_of_poison(around: Any, event: Any, caller: str) -> Any:
        answer = await record_build(around, event, caller)
        if event.version == POISON:
            raise PoisonedError
        return answer

    monkeypatch.setattr(record, "record_build", fail_of_poison)


async def tell_all(teller: Teller, *versions: str) -> list[Any]:
    told = (teller.build(f"key-{version}", version=version) for version in versions)
    return list(await asyncio.gather(*told, return_exceptions=True))


@pytest.mark.usefixtures("poisoned")
async def test_a_poisoned_event_takes_none_of_its_neighbours_along(
    teller: Teller, rows: RowReader
) -> None:
    first, second, third = await tell_all(teller, "1", POISON, "2")

    assert isinstance(second, PoisonedError)
    assert [row.id for row in await rows.all(Build)] == sorted([first["id"], third["id"]])
    assert {row.version for row in await rows.all(TrackedEvent)} == {"1", "2"}


@pytest.mark.usefixtures("poisoned")
async def test_when_the_database_goes_away_meanwhile_all_that_wait_are_told_at_once(
    core: Core, teller: Teller, rows: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, tries = core.database.write, 0

    @asynccontextmanager
    async def once() -> AsyncIterator[Transaction]:
        nonlocal tries
        tries += 1
        if tries > 1:
            raise UnavailableError("the database cannot be used right now; try again")
        async with write() as tx:
            yield tx

    monkeypatch.setattr(core.database, "write", once)
    answers = await tell_all(teller, "1", POISON, "2", "3")

    assert [type(answer) for answer in answers] == [UnavailableError] * 4
    assert tries == 2
    assert not await rows.all(Product)

    monkeypatch.undo()
    again = await tell_all(teller, "1", "2", "3")
    assert len({answer["id"] for answer in again}) == len(await rows.all(Build)) == 3


async def test_of_what_is_open_without_end_only_the_newest_is_looked_at(
    core: Core, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "OPEN_LOOK", 3)
    begun: dict[str, list[str]] = {"1": [], "2": []}
    targets = {}
    for number in range(5):
        for version, ids in begun.items():
            changes = {"version": version, "invoke_id": f"run-{number}", "status": "started"}
            build = await teller.build(**changes, scm_sha=None)
            deployment = await teller.deployment(**changes, scm_sha=None)
            ids += [build["id"], deployment["id"]]
            targets[version] = build["version_id"]
    async with core.database.read() as tx:
        ids = list(targets.values())
        builds = await store.open_builds(tx, ids)
        deployments = await store.open_deployments(tx, [("shop", "production")], ids)

    newest = {each for ids in begun.values() for each in ids[-6:]}
    assert {*(row.id for row in builds), *(row.id for row in deployments)} == newest
    for found in ([row.id for row in builds], [row.id for row in deployments]):
        assert found == sorted(found, reverse=True)
