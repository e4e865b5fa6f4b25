"""What nobody tells the end of ends by itself: exactly then, once, and told to people."""

import asyncio
import dataclasses

from deltaci.core import Core
from deltaci.store.tables import Announcement, Build, Deployment, Transition
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock
from deltaci.testing.teller import Teller
from deltaci.tracking.expire import expire_open
from deltaci.tracking_settings import TrackingSettings

DAY, HOUR = 86_400.0, 3_600.0
WHY = "nobody told its end within 1 day, 0:00:00"


async def test_what_is_left_open_ends_at_its_time_and_not_before(
    teller: Teller, core: Core, clock: SettableClock, rows: RowReader
) -> None:
    deployment = await teller.deployment(status="started", completed_at=None)
    build = await teller.build(status="queued", completed_at=None)
    clock.advance(DAY - 1)
    early = await expire_open(core)
    clock.advance(1)
    ended = await expire_open(core)
    row = await rows.one(Deployment, Deployment.id == deployment["id"])
    other = await rows.one(Build, Build.id == build["id"])

    assert (early, ended, await expire_open(core)) == (0, 2, 0)
    assert (row.state, row.state_reason, row.deployed_at) == ("CANCELED", WHY, clock())
    assert (other.status, other.status_reason, other.completed_at) == ("aborted", WHY, clock())
    told = [each.event_type for each in await rows.all(Announcement)]
    assert told == ["deployment.started", "build.pending", "build.aborted", "deployment.aborted"]


async def test_each_sign_of_life_that_changes_something_gives_it_its_time_anew(
    teller: Teller, core: Core, clock: SettableClock
) -> None:
    await teller.deployment(status="pending", completed_at=None)
    clock.advance(DAY - HOUR)
    await teller.deployment(status="started", completed_at=None)
    clock.advance(DAY - HOUR)

    assert await expire_open(core) == 0


async def test_many_processes_end_it_once(
    teller: Teller, core: Core, clock: SettableClock, rows: RowReader
) -> None:
    record = await teller.deployment(status="started", completed_at=None)
    clock.advance(DAY)
    ended = await asyncio.gather(*(expire_open(core) for _ in range(5)))
    moves = await rows.all(Transition, Transition.subject_id == record["id"])

    assert sum(ended) == 1
    assert [(move.to_state, move.actor) for move in moves] == [("CANCELED", "expiry")]


async def test_an_end_that_is_told_afterwards_is_a_record_of_its_own(
    teller: Teller, core: Core, clock: SettableClock
) -> None:
    begun = await teller.deployment(status="started", completed_at=None)
    clock.advance(DAY)
    await expire_open(core)
    ended = await teller.deployment(status="success", completed_at=None)

    assert ended["id"] != begun["id"]


async def test_it_can_be_flagged_and_stay_open(
    core: Core, clock: SettableClock, teller: Teller, rows: RowReader
) -> None:
    settings = core.settings.model_copy(
        update={"tracking": TrackingSettings(open_at_end="flag", open_max_hours=24)}
    )
    flagging = dataclasses.replace(core, settings=settings)
    record = await teller.deployment(status="started", completed_at=None)
    clock.advance(DAY)
    flagged, again = await expire_open(flagging), await expire_open(flagging)
    row = await rows.one(Deployment, Deployment.id == record["id"])
    ended = await teller.deployment(status="success")

    assert (flagged, again) == (1, 0)
    assert (row.state, row.state_reason) == ("IN_PROGRESS", WHY)
    assert (ended["id"], ended["status"], ended["status_reason"]) == (
        *(record["id"], "completed", ""),
    )
